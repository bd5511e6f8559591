// SPDX-License-Identifier: MIT
// The instructions of the kernel that touch user memory; `user_copy_words` has the only others.
//
// Each access has a row in `.fault_table`: where a page fault on it continues. STAC and CLAC open
// and close user memory for the kernel (SMAP; SDM 3A, §5.6); each has a row in `.user_access_sites`,
// so that `machine_start` can blank it on a processor that lacks them. A fault leaves the window
// open, so every recovery closes it.

  .macro OPEN
9:stac
  .pushsection .user_access_sites, "a", @progbits
  .quad 9b
  .popsection
  .endm
  .macro CLOSE
9:clac
  .pushsection .user_access_sites, "a", @progbits
  .quad 9b
  .popsection
  .endm
  .macro MAY_FAULT instruction, target
  .pushsection .fault_table, "a", @progbits
  .quad \instruction, \target
  .popsection
  .endm

  .text

// user_copy(to, from, count) → 1, or 0 after a fault on either side
// rdi  to        rsi  from        rdx  count        rcx  turns left
  .global user_copy
  .balign 16
user_copy:
  movq %rdx, %rcx
  shrq $3, %rcx
  OPEN
1:rep movsq
  andl $7, %edx
  jnz 3f
  CLOSE
  movl $1, %eax
  ret
3:movl %edx, %ecx
2:rep movsb
  CLOSE
  movl $1, %eax
  ret
  MAY_FAULT 1b, user_fault
  MAY_FAULT 2b, user_fault

// user_load32(address), user_load64(address) → value in rax, 1 in rdx
// rdi  address
  .global user_load32
  .balign 16
user_load32:
  OPEN
1:movl (%rdi), %eax
  CLOSE
  movl $1, %edx
  ret
  MAY_FAULT 1b, user_fault

  .global user_load64
  .balign 16
user_load64:
  OPEN
1:movq (%rdi), %rax
  CLOSE
  movl $1, %edx
  ret
  MAY_FAULT 1b, user_fault

// user_compare_exchange64(address, expected, desired) → value before in rax, 1 in rdx
// rdi  address        rsi  expected        rdx  desired
  .global user_compare_exchange64
  .balign 16
user_compare_exchange64:
  movq %rsi, %rax
  OPEN
1:lock cmpxchgq %rdx, (%rdi)
  CLOSE
  movl $1, %edx
  ret
  MAY_FAULT 1b, user_fault

// Where a fault continues: every function above answers 0 in both registers.
user_fault:
  CLOSE
  xorl %eax, %eax
  xorl %edx, %edx
  ret
