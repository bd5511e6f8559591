// SPDX-License-Identifier: MIT
// 512 KiB that a program brings along and mostly does not use. The words differ, so that nothing on
// the way can take them for nothing.
  .section .rodata.ballast, "a", @progbits
  .global ballast
  .balign 64
ballast:
  .set word, 0
  .rept 512 * 1024 / 8
  .quad word * 0x9e3779b9
  .set word, word + 1
  .endr
  .section .note.GNU-stack, "", @progbits
