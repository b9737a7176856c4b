// AVX-VNNI: VPDPBUSD in its VEX form, which Go's assembler does not know (it emits the EVEX form, an illegal
// instruction on CPUs without AVX-512). Registers are named by number: d += the four products of u8 in u and s8 in s
// in each lane of 32 bits. The bytes are VEX.256.66.0F38.W0 50 /r: c4, (inverted R, X, B; map 2), (W, inverted u, L,
// pp), 50, ModRM.
#define VPDPBUSD_Y(s, u, d) BYTE $0xc4; BYTE $(0xe2 ^ (((d)>>3)<<7) ^ (((s)>>3)<<5)); BYTE $(0x7d ^ ((u)<<3)); BYTE $0x50; BYTE $(0xc0 | (((d)&7)<<3) | ((s)&7))
