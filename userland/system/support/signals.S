// SPDX-License-Identifier: MIT
//
// Where the kernel turns a thread that takes a signal (docs/abi.md, "Signals"). All registers but
// the instruction pointer are those of the interrupted code; that one and the stack pointer also
// stand in the thread's `SignalControl` record, whose state is 1, so that no other signal comes
// now.
//
// On the interrupted stack, below its red zone, this makes a frame:
//   [return address][flags][15 registers], then aligned: [extended state]
// calls system_signal_deliver, and at the end clears the state and asks for what came meanwhile. A
// signal that comes in just that tail finds the frame below it still whole, and uses it again: so
// however many signals come, they take the stack of one.

  .set SIGNALS, 128          // system_thread.signals
  .set STATE, SIGNALS + 16
  .set SAVED_INSTRUCTION, SIGNALS + 24
  .set SAVED_STACK, SIGNALS + 32
  .set YIELD, 54               // CallNumber.yield

  .section .text.system_signal_trampoline, "ax", @progbits
  .globl system_signal_trampoline
  .type system_signal_trampoline, @function
system_signal_trampoline:
  leaq -136(%rsp), %rsp       // the red zone, and the return address
  pushfq
  pushq %rax
  pushq %rbx
  pushq %rcx
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %rbp
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %fs:0, %rbx
  movq SAVED_INSTRUCTION(%rbx), %rax
  leaq system_signal_tail(%rip), %rcx
  leaq system_signal_tail_end(%rip), %rdx
  cmpq %rcx, %rax
  jb 1f
  cmpq %rdx, %rax
  jae 1f
  // In the tail: rbx and r12 are ours, and the frame of the signal before this one begins at r12.
  movq %r12, %rsp
  jmp 2f
1:
  movq %rax, 128(%rsp)        // behind flags and 15 registers
  cld
2:
  movq %rsp, %r12
  // Extended state, at a multiple of 64.
  movl system_signal_state_bytes(%rip), %ecx
  subq %rcx, %rsp
  andq $-64, %rsp
  cmpl $512, %ecx
  jne 3f
  fxsave64 (%rsp)
  jmp 4f
3:
  // The header must not hold what lay on the stack before.
  xorl %eax, %eax
  movq %rax, 512(%rsp)
  movq %rax, 520(%rsp)
  movq %rax, 528(%rsp)
  movq %rax, 536(%rsp)
  movq %rax, 544(%rsp)
  movq %rax, 552(%rsp)
  movq %rax, 560(%rsp)
  movq %rax, 568(%rsp)
  movl $-1, %eax
  movl $-1, %edx
  xsave64 (%rsp)
4:
  movq %r12, %rdi             // the frame, for handlers that look at registers
  call system_signal_deliver
  cmpl $512, system_signal_state_bytes(%rip)
  jne 5f
  fxrstor64 (%rsp)
  jmp 6f
5:
  movl $-1, %eax
  movl $-1, %edx
  xrstor64 (%rsp)
6:
  // From here on another signal may come, and finds the frame at r12.
  movq $0, STATE(%rbx)
system_signal_tail:
  movq SIGNALS(%rbx), %rax    // pending
  testq SIGNALS+8(%rbx), %rax // allowed
  jz 7f
  movl $YIELD, %eax           // delivers what is pending
  syscall
7:
  movq %r12, %rsp
system_signal_tail_end:
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rbp
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rcx
  popq %rbx
  popq %rax
  popfq
  ret $128
  .size system_signal_trampoline, . - system_signal_trampoline

  .section .note.GNU-stack, "", @progbits
