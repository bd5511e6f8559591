// SPDX-License-Identifier: MIT
// Every way into the kernel and out of it again.
//
// User mode is entered and left through the current thread's frame: the processor (trap) or
// system_call_entry (SYSCALL) pushes the registers downwards from its end. The portable kernel then
// runs on this processor's one stack, from its top, and returns the frame to resume. While in the
// kernel GS base is the struct processor and interrupts are off, except at `idle`.
#include "include/offsets.h"

#define MSR_GS_BASE 0xc0000101

  .text

// ---- system calls ----

// From user mode (SDM 2B, SYSCALL): rcx = its rip, r11 = its rflags, rax = call number, arguments
// in rdi rsi rdx r10 r8 r9. FMASK has cleared IF, DF, TF, AC and NT. The kernel takes the frame from
// the current thread.
// rsp  end of the frame, then this processor's stack
  .global system_call_entry
  .balign 16
system_call_entry:
  swapgs
  movq %rsp, %gs:PROCESSOR_USER_STACK
  movq %gs:PROCESSOR_FRAME_END, %rsp
  pushq $SELECTOR_USER_DATA
  pushq %gs:PROCESSOR_USER_STACK
  pushq %r11
  pushq $SELECTOR_USER_CODE
  pushq %rcx
  pushq %rax
  pushq $KIND_SYSTEM_CALL
  subq $16, %rsp
  pushq %rax
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %gs:PROCESSOR_STACK_TOP, %rsp
  cmpq $8, %rax
  ja 1f
  call *short_calls(, %rax, 8)
  jmp resume
1:call kernel_system_call

// By their numbers; see CallNumber.
  .pushsection .rodata, "a", @progbits
  .balign 8
short_calls:
  .quad kernel_next_request, kernel_call_scheme, kernel_read
  .quad kernel_system_call, kernel_system_call, kernel_system_call, kernel_system_call
  .quad kernel_system_call, kernel_write
  .popsection

// ---- leaving ----

// rax  frame to resume or null          rsp  the frame, then the user's stack
//
// SYSRET destroys rcx and r11, so it serves only a thread that entered by SYSCALL. It would fault
// in the kernel if rip were not canonical: user code ends a page below the canonical boundary, and
// struct register_frame's setters let nothing else in.
  .global resume
resume:
  testq %rax, %rax
  jz idle
  movq %rax, %rsp
  cmpl $KIND_SYSTEM_CALL, FRAME_KIND(%rsp)
  jne resume_trap
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  popq %r10
  popq %r9
  popq %r8
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rax
  movq (FRAME_RIP - FRAME_RCX + 8)(%rsp), %rcx
  movq (FRAME_RFLAGS - FRAME_RCX + 8)(%rsp), %r11
  movq (FRAME_RSP - FRAME_RCX + 8)(%rsp), %rsp
  swapgs
  sysretq

// rsp  the frame, whose end IRET reads
resume_trap:
  testb $3, FRAME_CS(%rsp)
  jz 1f
  swapgs
1:popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  popq %r10
  popq %r9
  popq %r8
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rax
  popq %r11
  popq %rcx
  addq $16, %rsp
  iretq

// Nothing to run: forget the stack and wait. STI takes effect after HLT has begun, so no interrupt
// is lost between them; the interrupt does not return here but to `resume`.
idle:
  movq %gs:PROCESSOR_STACK_TOP, %rsp
  xorl %ebp, %ebp
  sti
  hlt
  cli
  jmp idle

// ---- traps ----

// rsp  the frame, kind and all behind it pushed         rdi  the frame
trap_common:
  pushq %rcx
  pushq %r11
  pushq %rax
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  cld
  movq %rsp, %rdi
  testb $3, FRAME_CS(%rsp)
  jz trap_from_kernel
  swapgs
  movq %gs:PROCESSOR_STACK_TOP, %rsp
  call kernel_trap
  jmp resume

// An interrupt can come only from `idle`; its frame lies on this stack and is never resumed. An
// exception is a fault on user memory, which machine_exception moves to its recovery, or a fault of
// the kernel, from which it does not return.
// rdi  the frame, at rsp
trap_from_kernel:
  cmpl $32, FRAME_KIND(%rsp)
  jae 1f
  call machine_exception
  jmp resume_trap
1:call kernel_trap
  jmp resume

// Non-maskable interrupt, double fault, machine check: they come at any instruction, even between
// SYSCALL and SWAPGS, so GS base cannot be trusted. Each has its own stack, with the struct
// processor's address at the top, right behind the frame.
// rsp  the frame               rdi  the frame          rax ecx edx  GS base
trap_on_own_stack:
  pushq %rcx
  pushq %r11
  pushq %rax
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  cld
  movq FRAME_BYTES(%rsp), %rax
  movq %rax, %rdx
  shrq $32, %rdx
  movl $MSR_GS_BASE, %ecx
  wrmsr
  movq %rsp, %rdi
  call machine_emergency
  ud2

// One stub of 16 bytes for each vector. The processor pushes an error code for vectors 8, 10 to 14,
// 17, 21, 29 and 30 (SDM 3A, Table 7-1); for the others the stub does.
  .altmacro
  .macro TRAP_STUB vector
  .balign 16
  .if (\vector != 8) && (\vector < 10 || \vector > 14) && (\vector != 17) && (\vector != 21)
  .if (\vector != 29) && (\vector != 30)
  pushq $0
  .endif
  .endif
  pushq $\vector
  .if (\vector == 2) || (\vector == 8) || (\vector == 18)
  jmp trap_on_own_stack
  .else
  jmp trap_common
  .endif
  .endm

  .balign 16
  .global trap_stubs
trap_stubs:
  .set vector, 0
  .rept 256
  TRAP_STUB %vector
  .set vector, vector + 1
  .endr
