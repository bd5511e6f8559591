// SPDX-License-Identifier: MIT
//
// The trap into the kernel (docs/abi.md): the number in rax, arguments in rdi rsi rdx r10 r8 r9,
// the result in rax; rcx and r11 are lost. One function for each count of arguments, so that
// registers that a call does not read are not set.
#pragma once
#include <stdint.h>

#define SYSTEM_INLINE static inline __attribute__((always_inline, unused))

SYSTEM_INLINE uintptr_t system_call0(uintptr_t number) {
  __asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
  return number;
}

SYSTEM_INLINE uintptr_t system_call1(uintptr_t number, uintptr_t a) {
  __asm__ volatile("syscall" : "+a"(number) : "D"(a) : "rcx", "r11", "memory");
  return number;
}

SYSTEM_INLINE uintptr_t system_call2(uintptr_t number, uintptr_t a, uintptr_t b) {
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b) : "rcx", "r11", "memory");
  return number;
}

SYSTEM_INLINE uintptr_t system_call3(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c) {
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return number;
}

SYSTEM_INLINE uintptr_t system_call4(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c,
                                     uintptr_t d) {
  register uintptr_t r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return number;
}

SYSTEM_INLINE uintptr_t system_call5(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c,
                                     uintptr_t d, uintptr_t e) {
  register uintptr_t r10 __asm__("r10") = d;
  register uintptr_t r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return number;
}

SYSTEM_INLINE uintptr_t system_call6(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c,
                                     uintptr_t d, uintptr_t e, uintptr_t f) {
  register uintptr_t r10 __asm__("r10") = d;
  register uintptr_t r8 __asm__("r8") = e;
  register uintptr_t r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return number;
}
