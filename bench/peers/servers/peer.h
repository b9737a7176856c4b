// What the C servers share: requests, operands, timing, answers. internal/serve is the other end.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char line[4096]; // the request

// number returns the number that follows "key": in the request, or 0.
static double number(const char *key) {
	char quoted[64];
	snprintf(quoted, sizeof quoted, "\"%s\":", key);
	const char *at = strstr(line, quoted);
	return at ? strtod(at + strlen(quoted), 0) : 0;
}

// is says whether the request has "key":"value".
static int is(const char *key, const char *value) {
	char quoted[128];
	snprintf(quoted, sizeof quoted, "\"%s\":\"%s\"", key, value);
	return strstr(line, quoted) != 0;
}

static void *buffer(size_t bytes) {
	void *p = aligned_alloc(64, (bytes + 64) / 64 * 64);
	if (!p) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return p;
}

// The operands are the same numbers in every process: see operands.go.
static uint32_t next(uint32_t *s) { return *s = *s * 1664525 + 1013904223; }
static uint32_t seed(uint32_t stream) { return 2654435769u * (stream + 1); }

static float *floats(size_t n, uint32_t stream) {
	float *x = buffer(n * sizeof *x);
	uint32_t s = seed(stream);
	for (size_t i = 0; i < n; i++)
		x[i] = (float)((int32_t)next(&s) >> 8) * 0x1p-23f;
	return x;
}

static inline uint8_t *pixels(size_t n, uint32_t stream) {
	uint8_t *x = buffer(n);
	uint32_t s = seed(stream);
	for (size_t i = 0; i < n; i++)
		x[i] = next(&s) >> 24;
	return x;
}

static inline int8_t *weights(size_t n, uint32_t stream) {
	int8_t *x = buffer(n);
	uint32_t s = seed(stream);
	for (size_t i = 0; i < n; i++)
		x[i] = (int32_t)next(&s) >> 25;
	return x;
}

static struct { double median, best, sum, abs; long calls; } result;

// The sum of the results, each times a weight that belongs to its place.
#define CHECKSUM(c, n) do { \
	result.sum = result.abs = 0; \
	for (size_t i_ = 0; i_ < (size_t)(n); i_++) { \
		double v_ = (double)(c)[i_] * (1 + i_ % 61); \
		result.sum += v_, result.abs += v_ < 0 ? -v_ : v_; \
	} \
} while (0)

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// measure calls f for about so many seconds. Calls shorter than 50 microseconds are timed several together.
static void measure(double seconds, void (*f)(void)) {
	static double times[1 << 16];
	f();
	double t = now();
	f();
	int each = 50e-6 / (now() - t + 1e-9), n = 0;
	if (each < 1)
		each = 1;
	for (double begin = now(); n < 3 || (now() - begin < seconds && n < 1 << 16); n++) {
		t = now();
		for (int i = 0; i < each; i++)
			f();
		times[n] = (now() - t) / each;
	}
	qsort(times, n, sizeof *times, ascending);
	result.median = n % 2 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
	result.best = times[0];
	result.calls = (long)n * each;
}

static void fail(const char *why) {
	printf("{\"error\":\"%s\"}\n", why);
	fflush(stdout);
}

static void answer(void) {
	printf("{\"median\":%.9g,\"best\":%.9g,\"calls\":%ld,\"sum\":%.17g,\"abs\":%.17g}\n",
		result.median, result.best, result.calls, result.sum, result.abs);
	fflush(stdout);
}
