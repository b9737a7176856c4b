// Advanced SIMD instructions of ARMv8.0 that Go's assembler lacks, as words. Operands are register numbers in GNU
// order: destination first, then sources, then the index of an element. The GNU text of each stands beside it;
// words_test.go compares the words with what GNU as makes of it.

#define RRR(op, d, n, m)    WORD $((op) | ((m)<<16) | ((n)<<5) | (d))
#define RR(op, d, n)        WORD $((op) | ((n)<<5) | (d))
#define ELS(op, d, n, m, i) WORD $((op) | (((i)&1)<<21) | (((i)>>1)<<11) | ((m)<<16) | ((n)<<5) | (d))
#define ELH(op, d, n, m, i) \
	WORD $((op) | (((i)&1)<<20) | ((((i)>>1)&1)<<21) | (((i)>>2)<<11) | ((m)<<16) | ((n)<<5) | (d))
#define SHIFT(op, d, n, s)  WORD $((op) | ((s)<<16) | ((n)<<5) | (d))

// 32-bit floats.
#define FMLA_EL(d, n, m, i) ELS(0x4f801000, d, n, m, i) // fmla vD.4s, vN.4s, vM.s[i]
#define FMLA_4S(d, n, m)    RRR(0x4e20cc00, d, n, m)    // fmla vD.4s, vN.4s, vM.4s
#define FMLS_4S(d, n, m)    RRR(0x4ea0cc00, d, n, m)    // fmls vD.4s, vN.4s, vM.4s
#define FADD_4S(d, n, m)    RRR(0x4e20d400, d, n, m)    // fadd vD.4s, vN.4s, vM.4s
#define FSUB_4S(d, n, m)    RRR(0x4ea0d400, d, n, m)    // fsub vD.4s, vN.4s, vM.4s
#define FMUL_4S(d, n, m)    RRR(0x6e20dc00, d, n, m)    // fmul vD.4s, vN.4s, vM.4s
#define FDIV_4S(d, n, m)    RRR(0x6e20fc00, d, n, m)    // fdiv vD.4s, vN.4s, vM.4s
#define FCMGT_4S(d, n, m)   RRR(0x6ea0e400, d, n, m)    // fcmgt vD.4s, vN.4s, vM.4s
#define FCMEQ_4S(d, n, m)   RRR(0x4e20e400, d, n, m)    // fcmeq vD.4s, vN.4s, vM.4s
#define FCMGTZ_4S(d, n)     RR(0x4ea0c800, d, n)        // fcmgt vD.4s, vN.4s, #0.0
#define FCMGEZ_4S(d, n)     RR(0x6ea0c800, d, n)        // fcmge vD.4s, vN.4s, #0.0
#define FCMEQZ_4S(d, n)     RR(0x4ea0d800, d, n)        // fcmeq vD.4s, vN.4s, #0.0
#define FCMLTZ_4S(d, n)     RR(0x4ea0e800, d, n)        // fcmlt vD.4s, vN.4s, #0.0
#define FABS_4S(d, n)       RR(0x4ea0f800, d, n)        // fabs vD.4s, vN.4s
#define FNEG_4S(d, n)       RR(0x6ea0f800, d, n)        // fneg vD.4s, vN.4s
#define FSQRT_4S(d, n)      RR(0x6ea1f800, d, n)        // fsqrt vD.4s, vN.4s
#define SCVTF_4S(d, n)      RR(0x4e21d800, d, n)        // scvtf vD.4s, vN.4s

// Integers.
#define ADD_4S(d, n, m)      RRR(0x4ea08400, d, n, m)    // add vD.4s, vN.4s, vM.4s
#define SUB_4S(d, n, m)      RRR(0x6ea08400, d, n, m)    // sub vD.4s, vN.4s, vM.4s
#define SMAX_4S(d, n, m)     RRR(0x4ea06400, d, n, m)    // smax vD.4s, vN.4s, vM.4s
#define SMIN_4S(d, n, m)     RRR(0x4ea06c00, d, n, m)    // smin vD.4s, vN.4s, vM.4s
#define CMEQ_4S(d, n, m)     RRR(0x6ea08c00, d, n, m)    // cmeq vD.4s, vN.4s, vM.4s
#define SHL_4S(d, n, s)      SHIFT(0x4f205400, d, n, s)  // shl vD.4s, vN.4s, #s
#define SSHR_4S(d, n, s)     SHIFT(0x4f200400, d, n, 32-(s))   // sshr vD.4s, vN.4s, #s
#define SMULL_2D(d, n, m)    RRR(0x0ea0c000, d, n, m)    // smull vD.2d, vN.2s, vM.2s
#define SMULL2_2D(d, n, m)   RRR(0x4ea0c000, d, n, m)    // smull2 vD.2d, vN.4s, vM.4s
#define UMULL_2D(d, n, m)    RRR(0x2ea0c000, d, n, m)    // umull vD.2d, vN.2s, vM.2s
#define UMULL2_2D(d, n, m)   RRR(0x6ea0c000, d, n, m)    // umull2 vD.2d, vN.4s, vM.4s
#define SRSHL_2D(d, n, m)    RRR(0x4ee05400, d, n, m)    // srshl vD.2d, vN.2d, vM.2d
#define NEG_2D(d, n)         RR(0x6ee0b800, d, n)        // neg vD.2d, vN.2d
#define UZP1_4S(d, n, m)     RRR(0x4e801800, d, n, m)    // uzp1 vD.4s, vN.4s, vM.4s
#define UZP2_4S(d, n, m)     RRR(0x4e805800, d, n, m)    // uzp2 vD.4s, vN.4s, vM.4s
#define XTN_2S(d, n)         RR(0x0ea12800, d, n)        // xtn vD.2s, vN.2d
#define XTN2_4S(d, n)        RR(0x4ea12800, d, n)        // xtn2 vD.4s, vN.2d
#define XTN_4H(d, n)         RR(0x0e612800, d, n)        // xtn vD.4h, vN.4s
#define XTN2_8H(d, n)        RR(0x4e612800, d, n)        // xtn2 vD.8h, vN.4s
#define XTN_8B(d, n)         RR(0x0e212800, d, n)        // xtn vD.8b, vN.8h
#define SXTL_8H(d, n)        RR(0x0f08a400, d, n)        // sxtl vD.8h, vN.8b
#define UXTL_8H(d, n)        RR(0x2f08a400, d, n)        // uxtl vD.8h, vN.8b
#define UXTL2_8H(d, n)       RR(0x6f08a400, d, n)        // uxtl2 vD.8h, vN.16b
#define UXTL_4S(d, n)        RR(0x2f10a400, d, n)        // uxtl vD.4s, vN.4h
#define UXTL2_4S(d, n)       RR(0x6f10a400, d, n)        // uxtl2 vD.4s, vN.8h
#define UXTL_2D(d, n)        RR(0x2f20a400, d, n)        // uxtl vD.2d, vN.2s
#define UXTL2_2D(d, n)       RR(0x6f20a400, d, n)        // uxtl2 vD.2d, vN.4s
#define SMLAL_EL(d, n, m, i)  ELH(0x0f402000, d, n, m, i) // smlal vD.4s, vN.4h, vM.h[i]
#define SMLAL2_EL(d, n, m, i) ELH(0x4f402000, d, n, m, i) // smlal2 vD.4s, vN.8h, vM.h[i]

// Bits. BSL takes n where d is set and m elsewhere; BIT and BIF replace d by n where m is set, or clear.
#define AND_16B(d, n, m) RRR(0x4e201c00, d, n, m) // and vD.16b, vN.16b, vM.16b
#define BIC_16B(d, n, m) RRR(0x4e601c00, d, n, m) // bic vD.16b, vN.16b, vM.16b
#define ORR_16B(d, n, m) RRR(0x4ea01c00, d, n, m) // orr vD.16b, vN.16b, vM.16b
#define EOR_16B(d, n, m) RRR(0x6e201c00, d, n, m) // eor vD.16b, vN.16b, vM.16b
#define BSL_16B(d, n, m) RRR(0x6e601c00, d, n, m) // bsl vD.16b, vN.16b, vM.16b
#define BIT_16B(d, n, m) RRR(0x6ea01c00, d, n, m) // bit vD.16b, vN.16b, vM.16b
#define BIF_16B(d, n, m) RRR(0x6ee01c00, d, n, m) // bif vD.16b, vN.16b, vM.16b
#define MOV_16B(d, n)    ORR_16B(d, n, n)
#define LDR_Q(d, r, o)   WORD $(0x3dc00000 | ((o)<<6) | ((r)<<5) | (d)) // ldr qD, [xR, #o]
#define LDR_QX(d, r, x)  WORD $(0x3ce06800 | ((x)<<16) | ((r)<<5) | (d)) // ldr qD, [xR, xX]
