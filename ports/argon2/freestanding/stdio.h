// SPDX-License-Identifier: MIT
//
// Named by the reference code; nothing of it is used.
#pragma once
#include <stddef.h>
