// SPDX-License-Identifier: MIT
//
// SeaHash's four lanes side by side in one register of 256 bits (AVX2): what the portable loop does in
// some forty instructions for 32 bytes takes seventeen.

  // ymm0 times the factor, in each lane: ymm1 is the factor, ymm2 the same with its halves exchanged.
  .macro multiply
  vpmulld %ymm2, %ymm0, %ymm3
  vpsrlq $32, %ymm3, %ymm4
  vpaddd %ymm4, %ymm3, %ymm3
  vpsllq $32, %ymm3, %ymm3
  vpmuludq %ymm1, %ymm0, %ymm0
  vpaddq %ymm3, %ymm0, %ymm0
  .endm

  // Takes in the 32 bytes at `place` behind rsi.
  .macro absorb place
  vpxor \place(%rsi), %ymm0, %ymm0
  multiply
  vpsrlq $32, %ymm0, %ymm3
  vpsrlq $60, %ymm0, %ymm4
  vpsrlvq %ymm4, %ymm3, %ymm3
  vpxor %ymm3, %ymm0, %ymm0
  multiply
  .endm

  // rdi = the lanes, rsi = the bytes, rdx = how many, a multiple of 32.
  .section .text.system_hash_lanes, "ax", @progbits
  .globl system_hash_lanes
  .type system_hash_lanes, @function
system_hash_lanes:
  movabsq $0x6eed0e9da4d94a4f, %rax
  vmovq %rax, %xmm1
  vpbroadcastq %xmm1, %ymm1
  vpshufd $0xB1, %ymm1, %ymm2
  vmovdqu (%rdi), %ymm0
1:
  subq $128, %rdx
  jb 2f
  absorb 0
  absorb 32
  absorb 64
  absorb 96
  addq $128, %rsi
  jmp 1b
2:
  addq $128, %rdx
3:
  subq $32, %rdx
  jb 4f
  absorb 0
  addq $32, %rsi
  jmp 3b
4:
  vmovdqu %ymm0, (%rdi)
  vzeroupper
  ret
  .size system_hash_lanes, . - system_hash_lanes
  .section .note.GNU-stack, "", @progbits
