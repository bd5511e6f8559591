// SPDX-License-Identifier: MIT
// An application processor from its start-up message to Swift.
//
// The code between trampoline_start and trampoline_end is copied to TRAMPOLINE_BASE, where the
// start-up message (SDM 3A, §9.4.4) makes the processor begin in real mode with CS:IP = base:0. It
// enters 64-bit mode in one step, on page tables that map this page both here and in the image.
#include "include/offsets.h"

#define CR0_START 0x80010023    /* PG, WP, NE, MP, PE; CD and NW, which INIT sets, are cleared */
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_START 0x901        /* NXE, LME, SCE */
#define AT(label) (label - trampoline_start)

  .section .rodata.trampoline, "a", @progbits
  .balign 16
  .global trampoline_start, trampoline_end, trampoline_root, trampoline_stack, trampoline_entry
  .code16
// eax ecx edx  scratch       ds  the trampoline's segment
trampoline_start:
  cli
  cld
  movw %cs, %ax
  movw %ax, %ds
  movl $CR4_PAE, %eax
  movl %eax, %cr4
  movl AT(trampoline_root), %eax
  movl %eax, %cr3
  movl $MSR_EFER, %ecx
  rdmsr
  orl $EFER_START, %eax
  wrmsr
  lgdtl AT(trampoline_descriptors_register)
  movl $CR0_START, %eax
  movl %eax, %cr0
  ljmpl $SELECTOR_KERNEL_CODE, $TRAMPOLINE_BASE + AT(trampoline_long)

  .code64
// rsp  the processor's own stack
trampoline_long:
  movl $SELECTOR_KERNEL_DATA, %eax
  movl %eax, %ss
  xorl %eax, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %fs
  movl %eax, %gs
  xorl %ebp, %ebp
  movq trampoline_stack(%rip), %rsp
  jmp *trampoline_entry(%rip)

  .balign 8
trampoline_descriptors:
  .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
trampoline_descriptors_register:
  .short 23
  .long TRAMPOLINE_BASE + AT(trampoline_descriptors)
  .balign 8
trampoline_root: .quad 0
trampoline_stack: .quad 0
trampoline_entry: .quad 0
trampoline_end:

  .text
// In the image. machine_start_processor leaves the trampoline's page tables, sets this processor up
// and returns its index; it does not return if the boot processor has given up on this one.
// rax  index, then frame to resume
  .global processor_start
processor_start:
  call machine_start_processor
  movq %rax, %rdi
  call kernel_start_processor
  jmp resume
