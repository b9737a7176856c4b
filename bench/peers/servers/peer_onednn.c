// Times oneDNN's matrix products: gcc -O2 peer_onednn.c -ldnnl.
//
// A form is a way to ask for the product: "gemm" is dnnl_sgemm or dnnl_gemm_u8s8s32, "matmul" the primitive on
// row-major operands, "packed" the primitive with weights in the layout that it chooses; their reordering is not timed.
#include "onednn.h"

static int m, k, n, ta, tb, u8;
static void *a, *b, *c;

static void gemm(void) {
	char x = ta ? 'T' : 'N', y = tb ? 'T' : 'N';
	if (u8) {
		int32_t zero = 0;
		dnnl_gemm_u8s8s32(x, y, 'F', m, n, k, 1, a, ta ? m : k, 0, b, tb ? k : n, 0, 0, c, n, &zero);
	} else {
		dnnl_sgemm(x, y, m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0, c, n);
	}
}

static int matmul(int packed, double seconds) {
	dnnl_data_type_t in = u8 ? dnnl_u8 : dnnl_f32, weights = u8 ? dnnl_s8 : dnnl_f32, out = u8 ? dnnl_s32 : dnnl_f32;
	dnnl_memory_desc_t ad, bd, cd, any;
	CHECK(dnnl_memory_desc_init_by_tag(&ad, 2, (dnnl_dims_t){m, k}, in, ta ? dnnl_ba : dnnl_ab));
	CHECK(dnnl_memory_desc_init_by_tag(&bd, 2, (dnnl_dims_t){k, n}, weights, tb ? dnnl_ba : dnnl_ab));
	CHECK(dnnl_memory_desc_init_by_tag(&any, 2, (dnnl_dims_t){k, n}, weights, dnnl_format_tag_any));
	CHECK(dnnl_memory_desc_init_by_tag(&cd, 2, (dnnl_dims_t){m, n}, out, dnnl_ab));
	dnnl_matmul_desc_t desc;
	dnnl_primitive_desc_t pd;
	CHECK(dnnl_matmul_desc_init(&desc, &ad, packed ? &any : &bd, 0, &cd));
	CHECK(dnnl_primitive_desc_create(&pd, &desc, 0, engine, 0));
	const dnnl_memory_desc_t *chosen = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
	dnnl_memory_t am, bm, cm, from;
	void *data = buffer(dnnl_memory_desc_get_size(chosen));
	CHECK(dnnl_memory_create(&am, &ad, engine, a));
	CHECK(dnnl_memory_create(&cm, &cd, engine, c));
	CHECK(dnnl_memory_create(&from, &bd, engine, b));
	CHECK(dnnl_memory_create(&bm, chosen, engine, data));
	if (!reorder(from, bm))
		return 0;
	CHECK(dnnl_primitive_create(&primitive, pd));
	args[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, am};
	args[1] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, bm};
	args[2] = (dnnl_exec_arg_t){DNNL_ARG_DST, cm};
	measure(seconds, execute);
	dnnl_primitive_destroy(primitive), dnnl_primitive_desc_destroy(pd);
	dnnl_memory_destroy(am), dnnl_memory_destroy(bm), dnnl_memory_destroy(cm), dnnl_memory_destroy(from);
	free(data);
	return 1;
}

int main(void) {
	if (!greet())
		return 1;
	while (fgets(line, sizeof line, stdin)) {
		u8 = is("op", "u8s8s32");
		if (!u8 && !is("op", "f32")) {
			fail("unknown operation");
			continue;
		}
		m = number("m"), k = number("k"), n = number("n"), ta = number("ta"), tb = number("tb");
		size_t an = (size_t)m * k, bn = (size_t)k * n, cn = (size_t)m * n;
		a = u8 ? (void *)pixels(an, 1) : floats(an, 1);
		b = u8 ? (void *)weights(bn, 2) : floats(bn, 2);
		c = buffer(cn * 4);
		if (is("form", "gemm")) {
			measure(number("seconds"), gemm);
		} else if (!matmul(is("form", "packed"), number("seconds"))) {
			fail(error);
			continue;
		}
		if (u8)
			CHECKSUM((int32_t *)c, cn);
		else
			CHECKSUM((float *)c, cn);
		answer();
		free(a), free(b), free(c);
	}
}
