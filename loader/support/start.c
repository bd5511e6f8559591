// SPDX-License-Identifier: MIT
#include <stdint.h>

uint64_t loader_main(uint64_t image, uint64_t system);

// Where the firmware enters, by Microsoft's calling convention; the compiler keeps the registers that
// the two conventions treat differently.
__attribute__((ms_abi, visibility("default"))) uint64_t loader_start(uint64_t image,
                                                                     uint64_t system) {
  return loader_main(image, system);
}
