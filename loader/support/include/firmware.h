// SPDX-License-Identifier: MIT
// Calls of UEFI boot services (UEFI 2.10, §4.3, §7, §12, §13), which follow Microsoft's calling
// convention: Swift has no functions of that kind. Tables are addresses, their entries offsets.
#pragma once
#include <stdint.h>

#define FIRMWARE_INLINE static inline __attribute__((always_inline))

typedef uint64_t(__attribute__((ms_abi)) * firmware_function)(
    uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

// Calls the function whose address stands at `offset` of `table`. None that is used has more than
// five arguments, and one that has fewer does not look at the rest.
FIRMWARE_INLINE uint64_t firmware_call(uint64_t table, uint64_t offset, uint64_t a, uint64_t b,
                                       uint64_t c, uint64_t d, uint64_t e) {
  return (*(firmware_function *)(table + offset))(a, b, c, d, e);
}

FIRMWARE_INLINE uint64_t firmware_word(uint64_t address) {
  return *(volatile uint64_t *)address;
}

// A status, whose highest bit says that it is an error, and what the call had to say.
struct firmware_result {
  uint64_t status;
  uint64_t value;
};

struct firmware_memory_map {
  uint64_t status;
  uint64_t byte_count;
  uint64_t key;
  uint64_t stride;
};

FIRMWARE_INLINE uint64_t firmware_boot_services(uint64_t system) {
  return firmware_word(system + 96);
}

FIRMWARE_INLINE void firmware_put(uint64_t system, uint16_t character) {
  uint64_t console = firmware_word(system + 64);
  uint16_t text[2] = {character, 0};
  firmware_call(console, 8, console, (uint64_t)text, 0, 0, 0);
}

// Pages of 4 KiB that end at or below `highest`, for memory of `type`.
FIRMWARE_INLINE struct firmware_result firmware_allocate(uint64_t system, uint64_t highest,
                                                         uint64_t type, uint64_t pages) {
  uint64_t address = highest;
  uint64_t status = firmware_call(firmware_boot_services(system), 40, 1, type, pages,
                                  (uint64_t)&address, 0);
  return (struct firmware_result){status, address};
}

FIRMWARE_INLINE struct firmware_memory_map firmware_memory(uint64_t system, uint64_t address,
                                                           uint64_t byte_count) {
  uint64_t key = 0, stride = 0, count = byte_count;
  uint32_t version = 0;
  uint64_t status = firmware_call(firmware_boot_services(system), 56, (uint64_t)&count, address,
                                  (uint64_t)&key, (uint64_t)&stride, (uint64_t)&version);
  return (struct firmware_memory_map){status, count, key, stride};
}

FIRMWARE_INLINE uint64_t firmware_exit(uint64_t system, uint64_t image, uint64_t key) {
  return firmware_call(firmware_boot_services(system), 232, image, key, 0, 0, 0);
}

FIRMWARE_INLINE void firmware_wait(uint64_t system, uint64_t microseconds) {
  firmware_call(firmware_boot_services(system), 248, microseconds, 0, 0, 0, 0);
}

// The root folder of the volume that `image` was loaded from.
FIRMWARE_INLINE struct firmware_result firmware_root(uint64_t system, uint64_t image) {
  static const uint64_t loaded_image[2] = {0x11D295625B1B31A1, 0x3B7269C9A0003F8E};
  static const uint64_t file_system[2] = {0x11D26459964E5B22, 0x3B7269C9A000398E};
  uint64_t services = firmware_boot_services(system);
  struct firmware_result found = {0, 0};
  uint64_t protocol = 0;
  found.status = firmware_call(services, 152, image, (uint64_t)loaded_image, (uint64_t)&protocol,
                               0, 0);
  if (found.status) return found;
  uint64_t device = firmware_word(protocol + 24);
  found.status = firmware_call(services, 152, device, (uint64_t)file_system, (uint64_t)&protocol,
                               0, 0);
  if (found.status) return found;
  found.status = firmware_call(protocol, 8, protocol, (uint64_t)&found.value, 0, 0, 0);
  return found;
}

// Opens a file to be read. `path` is ASCII, at most 63 characters, with backslashes.
FIRMWARE_INLINE struct firmware_result firmware_open(uint64_t folder, const uint8_t *path,
                                                     uint64_t count) {
  struct firmware_result found = {0x8000000000000002, 0};
  uint16_t name[64];
  if (count > 63) return found;
  for (uint64_t index = 0; index < count; index++) name[index] = path[index];
  name[count] = 0;
  found.status = firmware_call(folder, 8, folder, (uint64_t)&found.value, (uint64_t)name, 1, 0);
  return found;
}

// A file's size: where its end is. The position is at the beginning again after it.
FIRMWARE_INLINE struct firmware_result firmware_size(uint64_t file) {
  struct firmware_result found = {0, 0};
  found.status = firmware_call(file, 56, file, ~0ull, 0, 0, 0);
  if (!found.status)
    found.status = firmware_call(file, 48, file, (uint64_t)&found.value, 0, 0, 0);
  if (!found.status) found.status = firmware_call(file, 56, file, 0, 0, 0, 0);
  return found;
}

FIRMWARE_INLINE struct firmware_result firmware_read(uint64_t file, uint64_t address,
                                                     uint64_t byte_count) {
  struct firmware_result found = {0, byte_count};
  found.status = firmware_call(file, 32, file, (uint64_t)&found.value, address, 0, 0);
  return found;
}

FIRMWARE_INLINE void firmware_close(uint64_t file) { firmware_call(file, 16, file, 0, 0, 0, 0); }

// The address of ACPI's root pointer: that of revision 2 and later, else the first one, else zero.
FIRMWARE_INLINE uint64_t firmware_acpi(uint64_t system) {
  uint64_t count = firmware_word(system + 104), table = firmware_word(system + 112), old = 0;
  for (uint64_t index = 0; index < count && index < 256; index++) {
    uint64_t entry = table + 24 * index;
    uint64_t first = firmware_word(entry), second = firmware_word(entry + 8);
    if (first == 0x11D3E4F18868E871 && second == 0x81883CC7800022BC)
      return firmware_word(entry + 16);
    if (first == 0x11D32D88EB9D2D30 && second == 0x4DC13F279000169A)
      old = firmware_word(entry + 16);
  }
  return old;
}

// Fills `count` bytes at `address` from EFI_RNG_PROTOCOL by its own choice of algorithm (UEFI 2.10,
// §37.5). A status that is not zero if the firmware has none, or it fails.
FIRMWARE_INLINE uint64_t firmware_random(uint64_t system, uint64_t address, uint64_t count) {
  static const uint64_t generator[2] = {0x433DEADE3152BCA5, 0x441F29DC1CC02E86};
  uint64_t protocol = 0;
  uint64_t status = firmware_call(firmware_boot_services(system), 320, (uint64_t)generator, 0,
                                  (uint64_t)&protocol, 0, 0);
  if (status) return status;
  return firmware_call(protocol, 8, protocol, 0, count, address, 0);
}

FIRMWARE_INLINE void firmware_cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c) {
  uint32_t d;
  *a = leaf;
  *c = 0;
  __asm__ volatile("cpuid" : "+a"(*a), "=b"(*b), "+c"(*c), "=d"(d));
}

// Whether the processor has RDSEED (CPUID leaf 7, EBX bit 18).
FIRMWARE_INLINE int32_t processor_has_seed(void) {
  uint32_t a, b, c;
  firmware_cpuid(0, &a, &b, &c);
  if (a < 7) return 0;
  firmware_cpuid(7, &a, &b, &c);
  return b >> 18 & 1;
}

// A word of RDSEED; a status that is not zero if it has none at the moment.
FIRMWARE_INLINE struct firmware_result processor_seed(void) {
  uint64_t word;
  uint8_t has_one;
  __asm__ volatile("rdseed %0\n setc %1" : "=r"(word), "=qm"(has_one) : : "cc");
  return (struct firmware_result){!has_one, word};
}

// Whether a hypervisor says that it is one (CPUID leaf 1, ECX bit 31).
FIRMWARE_INLINE int32_t firmware_is_virtual(void) {
  uint32_t a, b, c;
  firmware_cpuid(1, &a, &b, &c);
  return c >> 31;
}

// QEMU's configuration device: an item is selected at one port and read at the next.
FIRMWARE_INLINE void configuration_select(uint16_t item) {
  __asm__ volatile("outw %0, %1" : : "a"(item), "Nd"((uint16_t)0x510));
}

FIRMWARE_INLINE void configuration_read(uint64_t address, uint64_t count) {
  __asm__ volatile("cld\n rep insb"
                   : "+D"(address), "+c"(count)
                   : "d"((uint16_t)0x511)
                   : "memory");
}

// The code that takes a machine from boot services to the kernel (`enter.S`).
extern const uint8_t enter_start[], enter_end[];
FIRMWARE_INLINE uint64_t enter_code(void) { return (uint64_t)enter_start; }
FIRMWARE_INLINE uint64_t enter_byte_count(void) { return (uint64_t)(enter_end - enter_start); }

// Runs a copy of that code, for which there is no way back.
FIRMWARE_INLINE _Noreturn void enter_at(uint64_t code, uint64_t steps) {
  ((void (*)(uint64_t, uint64_t))code)(code, steps);
  __builtin_unreachable();
}
