// Four registers at a time, for normalization.
#define FADD4(d, n, m) FADD_4S(d, n, m) \
	FADD_4S(d+1, n+1, m+1) \
	FADD_4S(d+2, n+2, m+2) \
	FADD_4S(d+3, n+3, m+3)
#define FSUB4(d, n, m) FSUB_4S(d, n, m) \
	FSUB_4S(d+1, n+1, m+1) \
	FSUB_4S(d+2, n+2, m+2) \
	FSUB_4S(d+3, n+3, m+3)
#define FMUL4(d, n, m) FMUL_4S(d, n, m) \
	FMUL_4S(d+1, n+1, m+1) \
	FMUL_4S(d+2, n+2, m+2) \
	FMUL_4S(d+3, n+3, m+3)
#define FMLA4(d, n, m) FMLA_4S(d, n, m) \
	FMLA_4S(d+1, n+1, m+1) \
	FMLA_4S(d+2, n+2, m+2) \
	FMLA_4S(d+3, n+3, m+3)
#define FMLS4(d, n, m) FMLS_4S(d, n, m) \
	FMLS_4S(d+1, n+1, m+1) \
	FMLS_4S(d+2, n+2, m+2) \
	FMLS_4S(d+3, n+3, m+3)

// The same with one register for the last operand.
#define FSUB4TO1(d, n, m) FSUB_4S(d, n, m) \
	FSUB_4S(d+1, n+1, m) \
	FSUB_4S(d+2, n+2, m) \
	FSUB_4S(d+3, n+3, m)
#define FMUL4TO1(d, n, m) FMUL_4S(d, n, m) \
	FMUL_4S(d+1, n+1, m) \
	FMUL_4S(d+2, n+2, m) \
	FMUL_4S(d+3, n+3, m)
#define FMLS4TO1(d, n, m) FMLS_4S(d, n, m) \
	FMLS_4S(d+1, n+1, m) \
	FMLS_4S(d+2, n+2, m) \
	FMLS_4S(d+3, n+3, m)

#define LD4(r, a, b, c, d) \
	FLDPQ (r), (a, b)   \
	FLDPQ 32(r), (c, d)
#define ST4(r, a, b, c, d) \
	FSTPQ (a, b), (r)   \
	FSTPQ (c, d), 32(r)
#define LD4P(r, a, b, c, d) \
	FLDPQ.P 32(r), (a, b) \
	FLDPQ.P 32(r), (c, d)
#define ST4P(r, a, b, c, d) \
	FSTPQ.P (a, b), 32(r) \
	FSTPQ.P (c, d), 32(r)
