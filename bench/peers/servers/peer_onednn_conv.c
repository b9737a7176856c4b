// Times oneDNN's convolutions: gcc -O2 peer_onednn_conv.c -ldnnl.
//
// The tensors are X [n,h,w,cin], weights [kh,kw,cin,cout] and Y [n,oh,ow,cout]; the role says which of them is
// computed. The form is "conv" (Y forward, X backward to the data) or "deconv", the deconvolution from Y to X (X
// forward, Y backward to the data). All tensors have the layouts that the primitive chooses; reordering is not timed.
#include "onednn.h"

struct tensor {
	dnnl_memory_desc_t plain, any;
	dnnl_memory_t given, own; // as the request has it, and as the primitive wants it
	float *data, *copy;
	size_t n;
	int result;
};

static int describe(struct tensor *t, int stream, const dnnl_dims_t dims, const dnnl_dims_t strides) {
	t->n = dims[0] * dims[1] * dims[2] * dims[3];
	t->data = t->result ? buffer(t->n * 4) : floats(t->n, stream);
	CHECK(dnnl_memory_desc_init_by_strides(&t->plain, 4, dims, dnnl_f32, strides));
	CHECK(dnnl_memory_desc_init_by_tag(&t->any, 4, dims, dnnl_f32, dnnl_format_tag_any));
	CHECK(dnnl_memory_create(&t->given, &t->plain, engine, t->data));
	return 1;
}

// argument gives a tensor the layout that the primitive chose, and its contents unless it is the result.
static int argument(int i, int arg, struct tensor *t, dnnl_primitive_desc_t pd) {
	const dnnl_memory_desc_t *chosen = dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
	t->copy = buffer(dnnl_memory_desc_get_size(chosen));
	CHECK(dnnl_memory_create(&t->own, chosen, engine, t->copy));
	args[i] = (dnnl_exec_arg_t){arg, t->own};
	return t->result || reorder(t->given, t->own);
}

static int convolution(void) {
	int deconv = is("form", "deconv");
	dnnl_dim_t n = number("n"), h = number("h"), wd = number("w"), ci = number("cin"), oh = number("oh"),
		ow = number("ow"), co = number("cout"), kh = number("kh"), kw = number("kw"), s = number("stride"), p = number("pad");
	struct tensor x = {.result = is("role", "x")}, w = {.result = is("role", "w")}, y = {.result = is("role", "y")};
	if (!describe(&x, 1, (dnnl_dims_t){n, ci, h, wd}, (dnnl_dims_t){h * wd * ci, 1, wd * ci, ci}) ||
		!describe(&y, 3, (dnnl_dims_t){n, co, oh, ow}, (dnnl_dims_t){oh * ow * co, 1, ow * co, co}))
		return 0;
	// The first dimension of weights is the primitive's output channel.
	dnnl_dims_t conv = {co, ci, kh, kw}, convStrides = {1, co, kw * ci * co, ci * co};
	dnnl_dims_t de = {ci, co, kh, kw}, deStrides = {co, 1, kw * ci * co, ci * co};
	if (!describe(&w, 2, deconv ? de : conv, deconv ? deStrides : convStrides))
		return 0;

	struct tensor *src = deconv ? &y : &x, *dst = deconv ? &x : &y;
	dnnl_dims_t stride = {s, s}, before = {p, p}, after = {(oh - 1) * s + kh - h - p, (ow - 1) * s + kw - wd - p};
	dnnl_alg_kind_t alg = deconv ? dnnl_deconvolution_direct : dnnl_convolution_auto;
	dnnl_convolution_desc_t desc; // a deconvolution's has the same type
	dnnl_primitive_desc_t forward, pd;
	CHECK((deconv ? dnnl_deconvolution_forward_desc_init : dnnl_convolution_forward_desc_init)(&desc,
		dnnl_forward_training, alg, &src->any, &w.any, 0, &dst->any, stride, before, after));
	CHECK(dnnl_primitive_desc_create(&forward, &desc, 0, engine, 0));
	pd = forward;
	if (w.result) {
		CHECK((deconv ? dnnl_deconvolution_backward_weights_desc_init : dnnl_convolution_backward_weights_desc_init)(&desc,
			alg, &src->any, &w.any, 0, &dst->any, stride, before, after));
		CHECK(dnnl_primitive_desc_create(&pd, &desc, 0, engine, forward));
		if (!argument(0, DNNL_ARG_SRC, src, pd) || !argument(1, DNNL_ARG_DIFF_WEIGHTS, &w, pd) ||
			!argument(2, DNNL_ARG_DIFF_DST, dst, pd))
			return 0;
	} else if (src->result) {
		CHECK((deconv ? dnnl_deconvolution_backward_data_desc_init : dnnl_convolution_backward_data_desc_init)(&desc, alg,
			&src->any, &w.any, &dst->any, stride, before, after));
		CHECK(dnnl_primitive_desc_create(&pd, &desc, 0, engine, forward));
		if (!argument(0, DNNL_ARG_DIFF_SRC, src, pd) || !argument(1, DNNL_ARG_WEIGHTS, &w, pd) ||
			!argument(2, DNNL_ARG_DIFF_DST, dst, pd))
			return 0;
	} else if (!argument(0, DNNL_ARG_SRC, src, pd) || !argument(1, DNNL_ARG_WEIGHTS, &w, pd) ||
		!argument(2, DNNL_ARG_DST, dst, pd)) {
		return 0;
	}
	CHECK(dnnl_primitive_create(&primitive, pd));
	measure(number("seconds"), execute);

	struct tensor *all[] = {&x, &y, &w};
	for (int i = 0; i < 3; i++) {
		struct tensor *t = all[i];
		if (t->result) {
			if (!reorder(t->own, t->given))
				return 0;
			CHECKSUM(t->data, t->n);
		}
		dnnl_memory_destroy(t->given), dnnl_memory_destroy(t->own);
		free(t->data), free(t->copy);
	}
	dnnl_primitive_destroy(primitive), dnnl_primitive_desc_destroy(forward);
	if (pd != forward)
		dnnl_primitive_desc_destroy(pd);
	return 1;
}

int main(void) {
	if (!greet())
		return 1;
	while (fgets(line, sizeof line, stdin)) {
		if (!is("op", "conv"))
			fail("unknown operation");
		else if (convolution())
			answer();
		else
			fail(error);
	}
}
