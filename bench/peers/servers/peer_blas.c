// Times cblas_sgemm of the BLAS that it is linked against: gcc -O2 peer_blas.c -lopenblas, or -DBLIS and -lblis.
#include "peer.h"

enum { rowMajor = 101, noTrans = 111, trans = 112 };
void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
	int ldb, float beta, float *c, int ldc);

#ifdef BLIS
const char *bli_info_get_version_str(void);
void bli_init(void);
int bli_arch_query_id(void);
const char *bli_arch_string(int id);
static void greet(void) {
	bli_init(); // before BLIS_ARCH_TYPE can be looked at
	printf("{\"name\":\"BLIS\",\"version\":\"%s, %s kernels\"}\n", bli_info_get_version_str(),
		bli_arch_string(bli_arch_query_id()));
}
#else
char *openblas_get_config(void);
char *openblas_get_corename(void);
static void greet(void) {
	char name[32] = "", version[32] = "";
	sscanf(openblas_get_config(), "%31s %31s", name, version);
	printf("{\"name\":\"%s\",\"version\":\"%s, %s kernels\"}\n", name, version, openblas_get_corename());
}
#endif

static int m, k, n, ta, tb;
static float *a, *b, *c;

static void sgemm(void) {
	cblas_sgemm(rowMajor, ta ? trans : noTrans, tb ? trans : noTrans, m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0, c, n);
}

int main(void) {
	greet();
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (!is("op", "f32") || !is("form", "sgemm")) {
			fail("unknown operation");
			continue;
		}
		m = number("m"), k = number("k"), n = number("n"), ta = number("ta"), tb = number("tb");
		a = floats((size_t)m * k, 1), b = floats((size_t)k * n, 2), c = buffer((size_t)m * n * sizeof *c);
		measure(number("seconds"), sgemm);
		CHECKSUM(c, (size_t)m * n);
		answer();
		free(a), free(b), free(c);
	}
}
