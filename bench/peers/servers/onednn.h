// What the two servers of oneDNN share.
#include "peer.h"
#include <dnnl.h>

static char error[128];

// CHECK leaves a function that returns 0 for failure.
#define CHECK(call) do { \
	dnnl_status_t status_ = (call); \
	if (status_ != dnnl_success) { \
		snprintf(error, sizeof error, "%.80s: status %d", #call, status_); \
		return 0; \
	} \
} while (0)

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static int greet(void) {
	const dnnl_version_t *v = dnnl_version();
	CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
	CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
	printf("{\"name\":\"oneDNN\",\"version\":\"%d.%d.%d\"}\n", v->major, v->minor, v->patch);
	fflush(stdout);
	return 1;
}

// reorder copies a tensor from one layout into another.
static int reorder(dnnl_memory_t from, dnnl_memory_t to) {
	const dnnl_memory_desc_t *fd, *td;
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t r;
	CHECK(dnnl_memory_get_memory_desc(from, &fd));
	CHECK(dnnl_memory_get_memory_desc(to, &td));
	CHECK(dnnl_reorder_primitive_desc_create(&pd, fd, engine, td, engine, 0));
	CHECK(dnnl_primitive_create(&r, pd));
	CHECK(dnnl_primitive_execute(r, stream, 2, (dnnl_exec_arg_t[]){{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}));
	CHECK(dnnl_stream_wait(stream));
	dnnl_primitive_destroy(r), dnnl_primitive_desc_destroy(pd);
	return 1;
}

// What is timed.
static dnnl_primitive_t primitive;
static dnnl_exec_arg_t args[3];

static void execute(void) {
	dnnl_primitive_execute(primitive, stream, 3, args);
	dnnl_stream_wait(stream);
}
