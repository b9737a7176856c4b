// openblas ROUNDS M N K: products of OpenBLAS, for armreport to count their instructions.
#include <stdlib.h>

extern void cblas_sgemm(int order, int transa, int transb, int m, int n, int k, float alpha, const float *a, int lda,
	const float *b, int ldb, float beta, float *c, int ldc);

static float *ones(long n)
{
	float *x = malloc(n * sizeof *x);
	for (long i = 0; i < n; i++)
		x[i] = 1;
	return x;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	int rounds = atoi(argv[1]), m = atoi(argv[2]), n = atoi(argv[3]), k = atoi(argv[4]);
	float *a = ones((long)m * k), *b = ones((long)k * n), *c = ones((long)m * n);
	while (rounds-- > 0)
		cblas_sgemm(101, 111, 111, m, n, k, 1, a, k, b, n, 0, c, n);
	return 0;
}
