// SPDX-License-Identifier: MIT
#include "CMachine.h"

_Static_assert(sizeof(struct register_frame) % 16 == 0, "the end of a frame is 16-byte aligned");
