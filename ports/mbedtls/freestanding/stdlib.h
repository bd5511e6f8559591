// SPDX-License-Identifier: MIT
//
// Named by a header of Mbed TLS; nothing of it is used.
#pragma once
#include <stddef.h>
