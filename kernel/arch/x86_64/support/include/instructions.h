// SPDX-License-Identifier: MIT
// One function per instruction that Swift cannot express. Addresses are integers here: the caller
// states in a SAFETY line why they are valid.
#pragma once
#include <stdint.h>
#include "processor.h"

#define INSTRUCTION static inline __attribute__((always_inline))

// Ports

INSTRUCTION void port_out8(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
INSTRUCTION void port_out16(uint16_t port, uint16_t value) {
  __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
INSTRUCTION void port_out32(uint16_t port, uint32_t value) {
  __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
INSTRUCTION uint8_t port_in8(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}
INSTRUCTION uint16_t port_in16(uint16_t port) {
  uint16_t value;
  __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}
INSTRUCTION uint32_t port_in32(uint16_t port) {
  uint32_t value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}

// Control and model-specific registers

INSTRUCTION uint64_t read_cr0(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr0, %0" : "=r"(value));
  return value;
}
INSTRUCTION uint64_t read_cr2(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr2, %0" : "=r"(value));
  return value;
}
INSTRUCTION uint64_t read_cr3(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr3, %0" : "=r"(value));
  return value;
}
INSTRUCTION void write_cr3(uint64_t value) {
  __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}
INSTRUCTION uint64_t read_cr4(void) {
  uint64_t value;
  __asm__ volatile("mov %%cr4, %0" : "=r"(value));
  return value;
}
INSTRUCTION void write_cr0(uint64_t value) {
  __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}
INSTRUCTION void write_cr4(uint64_t value) {
  __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}
INSTRUCTION void write_xcr0(uint64_t value) {
  __asm__ volatile("xsetbv" : : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(0));
}
INSTRUCTION uint64_t read_msr(uint32_t index) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index) : "memory");
  return (uint64_t)high << 32 | low;
}
INSTRUCTION void write_msr(uint32_t index, uint64_t value) {
  __asm__ volatile("wrmsr" : : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(index)
                   : "memory");
}
INSTRUCTION void invalidate_page(uint64_t address) {
  __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

// Descriptor tables

struct __attribute__((packed)) table_register {
  uint16_t limit;
  uint64_t base;
};
INSTRUCTION void load_interrupt_table(uint64_t base, uint16_t limit) {
  struct table_register value = {limit, base};
  __asm__ volatile("lidt %0" : : "m"(value));
}
INSTRUCTION void load_descriptor_table(uint64_t base, uint16_t limit) {
  struct table_register value = {limit, base};
  __asm__ volatile("lgdt %0" : : "m"(value));
}
// Reloads CS by a far return and leaves the data segments null, as 64-bit mode ignores them. Comes
// before GS base is set: loading GS clears it.
INSTRUCTION void reload_segments(void) {
  __asm__ volatile(
      "pushq %0\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "lretq\n"
      "1:\txorl %%eax, %%eax\n\t"
      "movl %%eax, %%ds\n\tmovl %%eax, %%es\n\tmovl %%eax, %%fs\n\tmovl %%eax, %%gs\n\t"
      "movl %1, %%eax\n\tmovl %%eax, %%ss"
      : : "i"(SELECTOR_KERNEL_CODE), "i"(SELECTOR_KERNEL_DATA) : "rax", "memory");
}
INSTRUCTION void load_task_register(uint16_t selector) {
  __asm__ volatile("ltr %0" : : "r"(selector));
}

// Identification, time, randomness

struct cpuid_words { uint32_t a, b, c, d; };
INSTRUCTION struct cpuid_words identify(uint32_t leaf, uint32_t subleaf) {
  struct cpuid_words words;
  __asm__ volatile("cpuid" : "=a"(words.a), "=b"(words.b), "=c"(words.c), "=d"(words.d)
                   : "a"(leaf), "c"(subleaf));
  return words;
}
INSTRUCTION uint64_t read_counter(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return (uint64_t)high << 32 | low;
}
// Not before earlier instructions have completed, so that time never seems to go back.
INSTRUCTION uint64_t ordered_counter(void) {
  uint32_t low, high;
  __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return (uint64_t)high << 32 | low;
}
// Zero when the generator had nothing ready.
INSTRUCTION uint8_t random_word(uint64_t *_Nonnull value) {
  uint8_t ok;
  __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(ok) : : "cc");
  return ok;
}
INSTRUCTION uint8_t random_seed(uint64_t *_Nonnull value) {
  uint8_t ok;
  __asm__ volatile("rdseed %0; setc %1" : "=r"(*value), "=qm"(ok) : : "cc");
  return ok;
}

// Waiting

INSTRUCTION void spin_pause(void) { __asm__ volatile("pause" : : : "memory"); }
INSTRUCTION void breakpoint(void) { __asm__ volatile("int3" : : : "memory"); }
INSTRUCTION void halt(void) { __asm__ volatile("cli; hlt" : : : "memory"); }

// This processor

INSTRUCTION uint64_t processor_index(void) {
  uint64_t value;
  __asm__("movq %%gs:%c1, %0" : "=r"(value) : "i"(PROCESSOR_INDEX));
  return value;
}
INSTRUCTION int64_t processor_counter_offset(void) {
  int64_t value;
  __asm__("movq %%gs:%c1, %0" : "=r"(value) : "i"(PROCESSOR_COUNTER_OFFSET));
  return value;
}
INSTRUCTION uint64_t processor_record(void) {
  uint64_t value;
  __asm__("movq %%gs:%c1, %0" : "=r"(value) : "i"(PROCESSOR_RECORD));
  return value;
}
INSTRUCTION uint64_t processor_stack_top(void) {
  uint64_t value;
  __asm__("movq %%gs:%c1, %0" : "=r"(value) : "i"(PROCESSOR_STACK_TOP));
  return value;
}
INSTRUCTION void set_frame_end(uint64_t address) {
  __asm__ volatile("movq %0, %%gs:%c1" : : "r"(address), "i"(PROCESSOR_FRAME_END) : "memory");
}
INSTRUCTION uint64_t frame_pointer(void) {
  uint64_t value;
  __asm__ volatile("movq %%rbp, %0" : "=r"(value));
  return value;
}

// Floating point. The areas are named by address so that no vector register appears here.

INSTRUCTION void floating_save(uint64_t area) {
  __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}
INSTRUCTION void floating_restore(uint64_t area) {
  __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}
INSTRUCTION void extended_save(uint64_t area) {
  __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
}
INSTRUCTION void extended_save_optimised(uint64_t area) {
  __asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
}
INSTRUCTION void extended_exchange(uint64_t save, uint64_t restore) {
  __asm__ volatile("xsaveopt64 (%0); xrstor64 (%1)"
                   : : "r"(save), "r"(restore), "a"(-1), "d"(-1) : "memory");
}
INSTRUCTION void extended_restore(uint64_t area) {
  __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
}
