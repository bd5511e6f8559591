// SPDX-License-Identifier: MIT
//
// The block operations that compiled code calls by name. Long blocks move eight bytes a turn of a
// string instruction; up to 32 bytes, and the ends of longer blocks, move as possibly overlapping
// words, so that no byte loop is ever needed. rdi, rsi, rdx are destination, source, count.

  .macro function name
  .section .text.\name, "ax", @progbits
  .globl \name
  .type \name, @function
\name:
  .endm

  // rax = result; r8 = destination while rdi moves.
function memcpy
  movq %rdi, %rax
  cmpq $32, %rdx
  ja 1f
  cmpq $16, %rdx
  jae 2f
  cmpq $8, %rdx
  jae 3f
  cmpq $4, %rdx
  jae 4f
  testq %rdx, %rdx
  jz 5f
  movzbl (%rsi), %ecx
  movzbl -1(%rsi,%rdx), %r8d
  cmpq $3, %rdx
  jne 6f
  movzbl 1(%rsi), %r9d
  movb %r9b, 1(%rdi)
6:
  movb %cl, (%rdi)
  movb %r8b, -1(%rdi,%rdx)
5:
  ret
4:
  movl (%rsi), %ecx
  movl -4(%rsi,%rdx), %r8d
  movl %ecx, (%rdi)
  movl %r8d, -4(%rdi,%rdx)
  ret
3:
  movq (%rsi), %rcx
  movq -8(%rsi,%rdx), %r8
  movq %rcx, (%rdi)
  movq %r8, -8(%rdi,%rdx)
  ret
2:
  movups (%rsi), %xmm0
  movups -16(%rsi,%rdx), %xmm1
  movups %xmm0, (%rdi)
  movups %xmm1, -16(%rdi,%rdx)
  ret
1:
  // The last eight bytes first, by themselves; then whole words up to them.
  movq -8(%rsi,%rdx), %r8
  leaq -8(%rdi,%rdx), %r9
  leaq -1(%rdx), %rcx
  shrq $3, %rcx
  rep movsq
  movq %r8, (%r9)
  ret
  .size memcpy, . - memcpy

  // Blocks that overlap with the source first are moved from the end down.
function memmove
  movq %rdi, %rcx
  subq %rsi, %rcx
  cmpq %rdx, %rcx             // destination inside the source's bytes?
  jae memcpy
  movq %rdi, %rax
  cmpq $8, %rdx
  jb 3f
1:
  movq -8(%rsi,%rdx), %rcx
  movq %rcx, -8(%rdi,%rdx)
  subq $8, %rdx
  cmpq $8, %rdx
  jae 1b
3:
  testq %rdx, %rdx
  jz 4f
2:
  movzbl -1(%rsi,%rdx), %ecx
  movb %cl, -1(%rdi,%rdx)
  decq %rdx
  jnz 2b
4:
  ret
  .size memmove, . - memmove

  // rax = the byte in every place, then the result.
function memset
  movq %rdi, %r8
  movzbl %sil, %eax
  movabsq $0x0101010101010101, %rcx
  imulq %rcx, %rax
  cmpq $16, %rdx
  jae 1f
  cmpq $8, %rdx
  jae 2f
  cmpq $4, %rdx
  jae 3f
  testq %rdx, %rdx
  jz 4f
  movb %al, (%rdi)
  movb %al, -1(%rdi,%rdx)
  shrq $1, %rdx               // 0, 1, 1 for one, two, three bytes
  movb %al, (%rdi,%rdx)
4:
  movq %r8, %rax
  ret
3:
  movl %eax, (%rdi)
  movl %eax, -4(%rdi,%rdx)
  movq %r8, %rax
  ret
2:
  movq %rax, (%rdi)
  movq %rax, -8(%rdi,%rdx)
  movq %r8, %rax
  ret
1:
  movq %rax, -8(%rdi,%rdx)
  leaq -1(%rdx), %rcx
  shrq $3, %rcx
  rep stosq
  movq %r8, %rax
  ret
  .size memset, . - memset

  // Equal words are skipped; the first different one decides by its lowest different byte.
function memcmp
  xorl %ecx, %ecx
1:
  leaq 8(%rcx), %r8
  cmpq %rdx, %r8
  ja 2f
  movq (%rdi,%rcx), %rax
  cmpq (%rsi,%rcx), %rax
  jne 3f
  movq %r8, %rcx
  jmp 1b
2:
  cmpq %rdx, %rcx
  jae 4f
  movzbl (%rdi,%rcx), %eax
  movzbl (%rsi,%rcx), %r8d
  subl %r8d, %eax
  jnz 5f
  incq %rcx
  jmp 2b
3:
  movq (%rsi,%rcx), %r8
  bswapq %rax
  bswapq %r8
  cmpq %r8, %rax
  sbbl %eax, %eax
  orl $1, %eax
  ret
4:
  xorl %eax, %eax
5:
  ret
  .size memcmp, . - memcmp

  // Sixteen bytes at a time from aligned addresses, so that no page is touched that the text is not
  // on; bytes before the text are shifted out.
function strlen
  movl %edi, %ecx
  andl $15, %ecx
  movq %rdi, %rdx
  andq $-16, %rdx
  pxor %xmm0, %xmm0
  pcmpeqb (%rdx), %xmm0
  pmovmskb %xmm0, %eax
  shrl %cl, %eax
  testl %eax, %eax
  jnz 2f
1:
  addq $16, %rdx
  pxor %xmm0, %xmm0
  pcmpeqb (%rdx), %xmm0
  pmovmskb %xmm0, %eax
  testl %eax, %eax
  jz 1b
  bsfl %eax, %eax
  subq %rdi, %rdx
  addq %rdx, %rax
  ret
2:
  bsfl %eax, %eax
  ret
  .size strlen, . - strlen

  .section .note.GNU-stack, "", @progbits
