// SPDX-License-Identifier: MIT
// Memory by address: device registers, page tables, bulk copies and user memory.
#pragma once
#include <stdint.h>
#include "instructions.h"

#pragma clang assume_nonnull begin

// Each is one access of exactly this width that the compiler neither drops nor repeats.
INSTRUCTION uint8_t load8(uint64_t address) { return *(volatile uint8_t *)address; }
INSTRUCTION uint16_t load16(uint64_t address) { return *(volatile uint16_t *)address; }
INSTRUCTION uint32_t load32(uint64_t address) { return *(volatile uint32_t *)address; }
INSTRUCTION uint64_t load64(uint64_t address) { return *(volatile uint64_t *)address; }
INSTRUCTION void store8(uint64_t address, uint8_t value) {
  *(volatile uint8_t *)address = value;
}
INSTRUCTION void store16(uint64_t address, uint16_t value) {
  *(volatile uint16_t *)address = value;
}
INSTRUCTION void store32(uint64_t address, uint32_t value) {
  *(volatile uint32_t *)address = value;
}
INSTRUCTION void store64(uint64_t address, uint64_t value) {
  *(volatile uint64_t *)address = value;
}

// `count` bytes, 8 a turn and the rest one by one; the ranges must not overlap.
INSTRUCTION void copy_bytes(uint64_t to, uint64_t from, uint64_t count) {
  uint64_t words = count >> 3;
  __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
  uint64_t rest = count & 7;
  if (rest) __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}
INSTRUCTION void clear_words(uint64_t address, uint64_t words) {
  __asm__ volatile("rep stosq" : "+D"(address), "+c"(words) : "a"(0) : "memory");
}

// A word of user memory; `valid` is zero if it could not be reached.
struct user_word {
  uint64_t value, valid;
};

// user.S: each returns with `valid`, or the result, zero after a fault.
uint64_t user_copy(uint64_t to, uint64_t from, uint64_t count);
struct user_word user_load32(uint64_t address);
struct user_word user_load64(uint64_t address);
struct user_word user_compare_exchange64(uint64_t address, uint64_t expected, uint64_t desired);

// A few words, without leaving the function that it becomes part of; else as user_copy. The rows are
// those that user.S describes.
INSTRUCTION uint8_t user_copy_words(uint64_t to, uint64_t from, uint64_t words) {
  __asm__ goto volatile(
      "8:stac\n"
      "7:rep movsq\n"
      "9:clac\n"
      ".pushsection .user_access_sites, \"a\", @progbits\n"
      ".quad 8b, 9b\n"
      ".popsection\n"
      ".pushsection .fault_table, \"a\", @progbits\n"
      ".quad 7b, %l[fault]\n"
      ".popsection"
      : "+D"(to), "+S"(from), "+c"(words)
      :
      : "memory"
      : fault);
  return 1;
fault:
  __asm__ volatile(
      "9:clac\n"
      ".pushsection .user_access_sites, \"a\", @progbits\n"
      ".quad 9b\n"
      ".popsection");
  return 0;
}

// The instructions that open and close access to user memory, so that they can be replaced by
// no-operations on a processor without SMAP. The linker script has the ends of the table.
extern const uint64_t __user_access_sites_start[], __user_access_sites_end[];
INSTRUCTION uint64_t user_access_site_count(void) {
  return (uint64_t)(__user_access_sites_end - __user_access_sites_start);
}
INSTRUCTION uint64_t user_access_site(uint64_t index) { return __user_access_sites_start[index]; }

#pragma clang assume_nonnull end
