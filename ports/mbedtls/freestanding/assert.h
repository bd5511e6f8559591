// SPDX-License-Identifier: MIT
//
// What Mbed TLS asserts it asserts in its own tests only.
#pragma once

#undef assert
#define assert(condition) ((void)0)
#ifndef static_assert
#define static_assert _Static_assert
#endif
