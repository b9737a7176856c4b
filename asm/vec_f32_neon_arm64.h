// Two streams of 4 floats each: stream A lives in V0 .. V7 and V16 .. V23, stream B in the registers 8 above. Every
// macro here does one operation on both, so that the latency of one hides behind the other on cores that work in order.
#define FMLA2(d, n, m)  FMLA_4S(d, n, m)  \
	FMLA_4S((d)+8, (n)+8, (m)+8)
#define FMLS2(d, n, m)  FMLS_4S(d, n, m)  \
	FMLS_4S((d)+8, (n)+8, (m)+8)
#define FADD2(d, n, m)  FADD_4S(d, n, m)  \
	FADD_4S((d)+8, (n)+8, (m)+8)
#define FSUB2(d, n, m)  FSUB_4S(d, n, m)  \
	FSUB_4S((d)+8, (n)+8, (m)+8)
#define FMUL2(d, n, m)  FMUL_4S(d, n, m)  \
	FMUL_4S((d)+8, (n)+8, (m)+8)
#define FDIV2(d, n, m)  FDIV_4S(d, n, m)  \
	FDIV_4S((d)+8, (n)+8, (m)+8)
#define FCMGT2(d, n, m) FCMGT_4S(d, n, m) \
	FCMGT_4S((d)+8, (n)+8, (m)+8)
#define FCMEQ2(d, n, m) FCMEQ_4S(d, n, m) \
	FCMEQ_4S((d)+8, (n)+8, (m)+8)
#define FCMGTZ2(d, n)   FCMGTZ_4S(d, n)   \
	FCMGTZ_4S((d)+8, (n)+8)
#define FCMGEZ2(d, n)   FCMGEZ_4S(d, n)   \
	FCMGEZ_4S((d)+8, (n)+8)
#define FCMEQZ2(d, n)   FCMEQZ_4S(d, n)   \
	FCMEQZ_4S((d)+8, (n)+8)
#define FCMLTZ2(d, n)   FCMLTZ_4S(d, n)   \
	FCMLTZ_4S((d)+8, (n)+8)
#define FABS2(d, n)     FABS_4S(d, n)     \
	FABS_4S((d)+8, (n)+8)
#define FNEG2(d, n)     FNEG_4S(d, n)     \
	FNEG_4S((d)+8, (n)+8)
#define FSQRT2(d, n)    FSQRT_4S(d, n)    \
	FSQRT_4S((d)+8, (n)+8)
#define SCVTF2(d, n)    SCVTF_4S(d, n)    \
	SCVTF_4S((d)+8, (n)+8)
#define ADD2(d, n, m)   ADD_4S(d, n, m)   \
	ADD_4S((d)+8, (n)+8, (m)+8)
#define SUB2(d, n, m)   SUB_4S(d, n, m)   \
	SUB_4S((d)+8, (n)+8, (m)+8)
#define SHL2(d, n, s)   SHL_4S(d, n, s)   \
	SHL_4S((d)+8, (n)+8, s)
#define SSHR2(d, n, s)  SSHR_4S(d, n, s)  \
	SSHR_4S((d)+8, (n)+8, s)
#define AND2(d, n, m)   AND_16B(d, n, m)  \
	AND_16B((d)+8, (n)+8, (m)+8)
#define BIC2(d, n, m)   BIC_16B(d, n, m)  \
	BIC_16B((d)+8, (n)+8, (m)+8)
#define ORR2(d, n, m)   ORR_16B(d, n, m)  \
	ORR_16B((d)+8, (n)+8, (m)+8)
#define BSL2(d, n, m)   BSL_16B(d, n, m)  \
	BSL_16B((d)+8, (n)+8, (m)+8)
#define BIT2(d, n, m)   BIT_16B(d, n, m)  \
	BIT_16B((d)+8, (n)+8, (m)+8)
#define BIF2(d, n, m)   BIF_16B(d, n, m)  \
	BIF_16B((d)+8, (n)+8, (m)+8)
#define MOV2(d, n)      MOV_16B(d, n)     \
	MOV_16B((d)+8, (n)+8)
