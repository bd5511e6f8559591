// SPDX-License-Identifier: MIT
// The memory functions that compilers call, by the processor's string instructions.

// memcpy(rdi to, rsi from, rdx count) → rax to
  .section .text.memcpy, "ax", @progbits
  .global memcpy
memcpy:
  movq %rdi, %rax
  movq %rdx, %rcx
  rep movsb
  ret

// memmove(rdi to, rsi from, rdx count) → rax to. A target that begins inside the source is copied
// from the end downwards.
  .section .text.memmove, "ax", @progbits
  .global memmove
memmove:
  movq %rdi, %rax
  movq %rdi, %rcx
  subq %rsi, %rcx
  cmpq %rdx, %rcx
  jae memcpy
  movq %rdx, %rcx
  leaq -1(%rdi, %rdx), %rdi
  leaq -1(%rsi, %rdx), %rsi
  std
  rep movsb
  cld
  ret

// memset(rdi to, esi byte, rdx count) → rax to
// r8  to
  .section .text.memset, "ax", @progbits
  .global memset
memset:
  movq %rdi, %r8
  movl %esi, %eax
  movq %rdx, %rcx
  rep stosb
  movq %r8, %rax
  ret
