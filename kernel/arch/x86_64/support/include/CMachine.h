// SPDX-License-Identifier: MIT
// What Swift and assembly of the x86_64 port agree on.
#pragma once
#include "frame.h"
#include "processor.h"
#include "instructions.h"
#include "memory.h"
#include "entry.h"
