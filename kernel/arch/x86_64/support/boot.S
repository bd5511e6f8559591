// SPDX-License-Identifier: MIT
// The boot processor from the loader's hand-off to Swift.
//
// A PVH loader (QEMU -kernel, Firecracker, Cloud Hypervisor; Xen's "PVH" boot ABI) enters in
// 32-bit protected mode without paging, EBX pointing to hvm_start_info. A multiboot2 loader (GRUB)
// enters at the same place in the same state, EBX pointing to its own information; the two begin with
// different numbers, and Swift tells them apart (HandOff.swift). These routines run at
// their physical addresses, build tables that map the first 4 GiB three times (at zero for the
// next instructions, at the direct map, and the first of them at the image's address), and call
// `machine_start` in the image. That builds the real tables and forgets these; `.boot` becomes free
// memory.
#include "include/offsets.h"

#define PRESENT_WRITABLE 0x003
#define LARGE 0x080
#define DIRECT_MAP_SLOT 256     /* of the top-level table, 512 GiB each */
#define IMAGE_SLOT 511
#define IMAGE_GIGABYTE 510      /* of that slot */

#define CR0_BOOT 0x80010023     /* PG, WP, NE, MP, PE */
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_BOOT 0x901         /* NXE, LME, SCE */
#define CPUID_NX_LM 0x20100000  /* leaf 0x80000001, EDX bits 29 and 20 */

  // Xen ELF note 18: the 32-bit entry point.
  .section .note.pvh, "a", @note
  .balign 4
  .long 4, 8, 18
  .asciz "Xen"
  .quad pvh_start

  // Multiboot2 header: magic, architecture, length, checksum, tags (Multiboot2, §3.1). Modules are to
  // lie on pages, which the kernel maps in place.
  .section .boot.header, "ax", @progbits
  .balign 8
multiboot_header:
  .long 0xe85250d6, 0, multiboot_end - multiboot_header
  .long -(0xe85250d6 + multiboot_end - multiboot_header)
  .short 6, 0
  .long 8
  .short 0, 0
  .long 8
multiboot_end:

  .section .boot.text, "ax", @progbits
  .code32

// eax ecx edx  scratch       ebx  hvm_start_info, kept for machine_start
// esp          boot_stack    edi  page-table pointer
  .global pvh_start
pvh_start:
  cli
  cld
  movl $boot_stack_top, %esp
  pushl %ebx
  movl $0x80000001, %eax
  cpuid
  popl %ebx
  andl $CPUID_NX_LM, %edx
  cmpl $CPUID_NX_LM, %edx
  jne boot_refuse
  call boot_build_tables
  movl $boot_top_table, %eax
  movl %eax, %cr3
  movl $CR4_PAE, %eax
  movl %eax, %cr4
  movl $MSR_EFER, %ecx
  rdmsr
  orl $EFER_BOOT, %eax
  wrmsr
  movl $CR0_BOOT, %eax
  movl %eax, %cr0
  lgdt boot_descriptors_register
  ljmp $SELECTOR_KERNEL_CODE, $boot_long

// eax  entry value           edi  where it goes
  .global boot_build_tables
boot_build_tables:
  movl $boot_low_table + PRESENT_WRITABLE, %eax
  movl %eax, boot_top_table
  movl %eax, boot_top_table + DIRECT_MAP_SLOT * 8
  movl $boot_high_table + PRESENT_WRITABLE, boot_top_table + IMAGE_SLOT * 8
  movl $boot_large_pages + PRESENT_WRITABLE, %eax
  movl %eax, boot_high_table + IMAGE_GIGABYTE * 8
  movl %eax, boot_low_table
  addl $4096, %eax
  movl %eax, boot_low_table + 8
  addl $4096, %eax
  movl %eax, boot_low_table + 16
  addl $4096, %eax
  movl %eax, boot_low_table + 24
  movl $boot_large_pages, %edi
  movl $LARGE + PRESENT_WRITABLE, %eax
1:movl %eax, (%edi)
  addl $8, %edi
  addl $0x200000, %eax
  jnc 1b
  ret

// Says on COM1 that the processor is too old, and stops. The loader has set the port up, if anyone.
// esi  text                  edx  port                  ecx  bound on the wait for one character
boot_refuse:
  movl $boot_refusal, %esi
1:movl $100000, %ecx
  movl $0x3fd, %edx
2:inb %dx, %al
  testb $0x20, %al
  loopz 2b
  movl $0x3f8, %edx
  lodsb
  testb %al, %al
  jz 3f
  outb %al, %dx
  jmp 1b
3:hlt
  jmp 3b

  .code64
// rdi  hvm_start_info, physical   rax  address of machine_start   rsp  boot stack, direct map
boot_long:
  movl $SELECTOR_KERNEL_DATA, %eax
  movl %eax, %ss
  xorl %eax, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %fs
  movl %eax, %gs
  movabsq $DIRECT_MAP_BASE + boot_stack_top, %rsp
  xorl %ebp, %ebp
  movl %ebx, %edi
  movabsq $boot_enter, %rax
  jmp *%rax

  .section .boot.data, "aw", @progbits
  .balign 8
boot_descriptors:
  .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_descriptors_register:
  .short 23
  .long boot_descriptors
boot_refusal:
  .asciz "Apus: this processor has no 64-bit mode or no execute-disable bit\r\n"

  .section .boot.bss, "aw", @nobits
  .balign 4096
boot_top_table: .skip 4096
boot_low_table: .skip 4096
boot_high_table: .skip 4096
boot_large_pages: .skip 4 * 4096
boot_stack: .skip 8192
boot_stack_top:

  .text
// In the image. machine_start returns the top of this processor's own stack, and the boot stack,
// whose memory is about to be free, is left for good.
// rax  stack, then frame to resume
boot_enter:
  call machine_start
  movq %rax, %rsp
  call kernel_start
  jmp resume

  .section .rodata
  .balign 8
  .global boot_range
boot_range:
  .quad __boot_start, __boot_end
