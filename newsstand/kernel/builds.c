/* Which of the builds of this library the processor can run. There is one for each width of vectors, since a compiler's own way to
 * choose between versions of a function (target_clones) always takes the narrowest where its start-up code is left out. */
#include "kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* The highest level of x86-64 that has a build, 1, 3 or 4 (as its ABI counts them): what processor and operating system both support. */
NS_API int ns_level(void) {
    unsigned a, b, c, d, saved, unused;
    const unsigned third = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C, wide = bit_AVX2 | bit_BMI | bit_BMI2;
    const unsigned fourth = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & third) != third) return 1;
    __asm__("xgetbv" : "=a"(saved), "=d"(unused) : "c"(0)); /* registers that the operating system keeps: 6, and 0xe0 for the widest */
    if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & bit_LZCNT)) return 1;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & wide) != wide || (saved & 6) != 6) return 1;
    return (b & fourth) == fourth && (saved & 0xe6) == 0xe6 ? 4 : 3;
}
#else
NS_API int ns_level(void) { return 1; }
#endif
