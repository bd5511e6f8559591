// SPDX-License-Identifier: MIT
// From boot services' 64-bit world to a PVH kernel: turns paging off, puts the kernel where it
// belongs, and jumps. It runs in a copy that lies below 4 GiB and outside the kernel's memory, needs
// no stack once it is in 32-bit mode, and no table of the firmware.
//
// rdi  address of this copy
// rsi  the steps, 16 bytes each: where to, where from, bytes to copy, bytes to clear behind them;
//      the last one has neither, and is the kernel's entry and the hand-off
#define CODE 8
#define DATA 16

  .section .rodata.enter, "a", @progbits
  .balign 16
  .global enter_start
enter_start:
  cli
  cld
  movq %rsi, %rbx
  leaq descriptors(%rip), %rax
  movq %rax, descriptors_register + 2(%rip)
  lgdt descriptors_register(%rip)
  leaq 1f(%rip), %rax
  pushq $CODE
  pushq %rax
  lretq

  .code32
1:movl $DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl %eax, %fs
  movl %eax, %gs
  movl %cr0, %eax
  andl $0x7fffffff, %eax        // paging
  movl %eax, %cr0
  movl $0xc0000080, %ecx
  rdmsr
  andl $~0x100, %eax            // long mode
  wrmsr
  xorl %eax, %eax
  movl %eax, %cr4

2:movl (%ebx), %edi
  movl 4(%ebx), %esi
  movl 8(%ebx), %ecx
  movl 12(%ebx), %edx
  movl %ecx, %eax
  orl %edx, %eax
  jz 3f
  rep movsb
  xorl %eax, %eax
  movl %edx, %ecx
  rep stosb
  addl $16, %ebx
  jmp 2b

3:movl %esi, %ebx               // the hand-off
  jmp *%edi

  .code64
  .balign 8
descriptors:
  .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
descriptors_register:
  .short 23
  .quad 0
  .global enter_end
enter_end:
