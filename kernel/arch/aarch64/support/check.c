// SPDX-License-Identifier: MIT
#include "CMachine.h"
