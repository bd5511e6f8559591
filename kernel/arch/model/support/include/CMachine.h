// SPDX-License-Identifier: MIT
// The model processor's registers.
#pragma once
#include <stdint.h>

struct register_frame {
  uint64_t result_word;
  uint64_t argument0, argument1, argument2, argument3, argument4, argument5;
  uint64_t number;  // of the system call, kept so that it can be restarted
  uint64_t instruction_pointer, stack_pointer, thread_flags, is_user;
};
