// SPDX-License-Identifier: MIT
// The four memory functions that compilers call. They move 8 bytes a turn and the rest one by one;
// no vector registers, since those hold the interrupted thread's values.

// memcpy(rdi to, rsi from, rdx count) → rax to
// rcx  turns left
  .section .text.memcpy, "ax", @progbits
  .global memcpy
  .type memcpy, @function
memcpy:
  movq %rdi, %rax
  movq %rdx, %rcx
  shrq $3, %rcx
  rep movsq
  andl $7, %edx
  jz 1f
  movl %edx, %ecx
  rep movsb
1:ret

// memmove(rdi to, rsi from, rdx count) → rax to
// rcx  turns left. A target that begins inside the source is copied from the end downwards.
  .section .text.memmove, "ax", @progbits
  .global memmove
  .type memmove, @function
memmove:
  movq %rdi, %rax
  subq %rsi, %rax
  cmpq %rdx, %rax
  jae memcpy
  movq %rdi, %rax
  movq %rdx, %rcx
  leaq -1(%rdi, %rdx), %rdi
  leaq -1(%rsi, %rdx), %rsi
  andl $7, %ecx
  std
  rep movsb
  subq $7, %rdi
  subq $7, %rsi
  movq %rdx, %rcx
  shrq $3, %rcx
  rep movsq
  cld
  ret

// memset(rdi to, esi byte, rdx count) → rax to
// rcx  turns left        r8  to        rax  the byte, eight times
  .section .text.memset, "ax", @progbits
  .global memset
  .type memset, @function
memset:
  movq %rdi, %r8
  movzbl %sil, %esi
  movabsq $0x0101010101010101, %rax
  imulq %rsi, %rax
  movq %rdx, %rcx
  shrq $3, %rcx
  rep stosq
  andl $7, %edx
  jz 1f
  movl %edx, %ecx
  rep stosb
1:movq %r8, %rax
  ret

// memcmp(rdi a, rsi b, rdx count) → eax negative, zero, positive
// rcx  turns left
  .section .text.memcmp, "ax", @progbits
  .global memcmp
  .type memcmp, @function
memcmp:
  movq %rdx, %rcx
  shrq $3, %rcx
  cmpq %rax, %rax
  repe cmpsq
  jne 2f
  movl %edx, %ecx
  andl $7, %ecx
  cmpq %rax, %rax
  repe cmpsb
  jne 1f
  xorl %eax, %eax
  ret
2:movq -8(%rdi), %rax
  movq -8(%rsi), %rcx
  bswapq %rax
  bswapq %rcx
  cmpq %rcx, %rax
  sbbl %eax, %eax
  orl $1, %eax
  ret
1:movzbl -1(%rdi), %eax
  movzbl -1(%rsi), %ecx
  subl %ecx, %eax
  ret
