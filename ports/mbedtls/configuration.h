// SPDX-License-Identifier: MIT
//
// Which parts of Mbed TLS are compiled: AES, the generator of random numbers on top of it, SHA-256.
// Neither allocates memory, asks the time or reads files.
#pragma once
#include <limits.h>

// Nothing of the C library's input and output.
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS

#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_CTR_DRBG_C
#define MBEDTLS_SHA256_C

// The processor's own AES instructions where it has them, found out when the program runs.
#if defined(__x86_64__)
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_AESNI_C
#endif

// Bytes that one step of the generator makes; the standard allows 65,536.
#define MBEDTLS_CTR_DRBG_MAX_REQUEST 4096
