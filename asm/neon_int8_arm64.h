// More instructions of integers, beside those of neon_arm64.h, which is included first: the dot products of ARMv8.2
// (DotProd) and the matrix products of ARMv8.6 (I8MM) among them. words_test.go compares the words with GNU as.

#define SMULL_8H(d, n, m)    RRR(0x0e20c000, d, n, m) // smull vD.8h, vN.8b, vM.8b
#define SMULL2_8H(d, n, m)   RRR(0x4e20c000, d, n, m) // smull2 vD.8h, vN.16b, vM.16b
#define SMLAL2_8H(d, n, m)   RRR(0x4e208000, d, n, m) // smlal2 vD.8h, vN.16b, vM.16b
#define SADALP_4S(d, n)      RR(0x4e606800, d, n)     // sadalp vD.4s, vN.8h
#define SMULL_4S(d, n, m)    RRR(0x0e60c000, d, n, m) // smull vD.4s, vN.4h, vM.4h
#define SMULL2_4S(d, n, m)   RRR(0x4e60c000, d, n, m) // smull2 vD.4s, vN.8h, vM.8h
#define SMLAL_4S(d, n, m)    RRR(0x0e608000, d, n, m) // smlal vD.4s, vN.4h, vM.4h
#define SMLAL2_4S(d, n, m)   RRR(0x4e608000, d, n, m) // smlal2 vD.4s, vN.8h, vM.8h
#define SSHL_4S(d, n, m)     RRR(0x4ea04400, d, n, m) // sshl vD.4s, vN.4s, vM.4s
#define SXTL_4S(d, n)        RR(0x0f10a400, d, n)     // sxtl vD.4s, vN.4h
#define SXTL2_4S(d, n)       RR(0x4f10a400, d, n)     // sxtl2 vD.4s, vN.8h
#define ADDP_4S(d, n, m)     RRR(0x4ea0bc00, d, n, m) // addp vD.4s, vN.4s, vM.4s
#define UMAX_4S(d, n, m)     RRR(0x6ea06400, d, n, m) // umax vD.4s, vN.4s, vM.4s
#define CMHS_4S(d, n, m)     RRR(0x6ea03c00, d, n, m) // cmhs vD.4s, vN.4s, vM.4s
#define SHRN16_4H(d, n)      RR(0x0f108400, d, n)     // shrn vD.4h, vN.4s, #16
#define SHRN16_8H(d, n)      RR(0x4f108400, d, n)     // shrn2 vD.8h, vN.4s, #16
#define SQXTN_4H(d, n)       RR(0x0e614800, d, n)     // sqxtn vD.4h, vN.4s
#define SQXTN2_8H(d, n)      RR(0x4e614800, d, n)     // sqxtn2 vD.8h, vN.4s
#define SQADD_8H(d, n, m)    RRR(0x4e600c00, d, n, m) // sqadd vD.8h, vN.8h, vM.8h
#define SQXTUN_8B(d, n)      RR(0x2e212800, d, n)     // sqxtun vD.8b, vN.8h
#define SQXTUN2_16B(d, n)    RR(0x6e212800, d, n)     // sqxtun2 vD.16b, vN.8h
#define UMIN_16B(d, n, m)    RRR(0x6e206c00, d, n, m) // umin vD.16b, vN.16b, vM.16b
#define UMAX_16B(d, n, m)    RRR(0x6e206400, d, n, m) // umax vD.16b, vN.16b, vM.16b
#define ZIP1_4S(d, n, m)     RRR(0x4e803800, d, n, m) // zip1 vD.4s, vN.4s, vM.4s
#define ZIP2_4S(d, n, m)     RRR(0x4e807800, d, n, m) // zip2 vD.4s, vN.4s, vM.4s
#define ZIP1_2D(d, n, m)     RRR(0x4ec03800, d, n, m) // zip1 vD.2d, vN.2d, vM.2d
#define ZIP2_2D(d, n, m)     RRR(0x4ec07800, d, n, m) // zip2 vD.2d, vN.2d, vM.2d
#define UZP2_8H(d, n, m)     RRR(0x4e405800, d, n, m) // uzp2 vD.8h, vN.8h, vM.8h
#define SDOT_EL(d, n, m, i)  ELS(0x4f80e000, d, n, m, i) // sdot vD.4s, vN.16b, vM.4b[i]
#define USDOT(d, n, m)       RRR(0x4e809c00, d, n, m) // usdot vD.4s, vN.16b, vM.16b
#define USMMLA(d, n, m)      RRR(0x4e80ac00, d, n, m) // usmmla vD.4s, vN.16b, vM.16b
