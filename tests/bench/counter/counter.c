// SPDX-License-Identifier: MIT
//
// A plugin of QEMU's code generator that counts what a marked interval of the guest executes.
//
//   -plugin counter.so,out=FILE
//
// A guest of any system brackets work with two no-operations that no compiler emits; user mode
// may execute both:
//
//   begin   nopl 0x4d41524b(%rax,%rax,1)        end   nopl 0x454e444d(%rax,%rax,1)
//
// Each end appends one line to FILE, flushed at once so that it survives the end of QEMU:
//
//   interval INSTRUCTIONS STRING_TURNS STARTED
//
// INSTRUCTIONS counts those of all processors and privilege levels between the two, a turn of a
// repeated string instruction as one, idle time as nothing. STRING_TURNS is how many of them
// were such turns. STARTED is the count since reset at the beginning.
//
// Debian's QEMU has no header for plugins, so the few functions needed are declared here
// (QEMU 7.2, plugin interface version 1).

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

// ---- What QEMU offers ----------------------------------------------------------------------

struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { add_to_counter = 0 };       // QEMU_PLUGIN_INLINE_ADD_U64
enum { reads_no_registers = 0 };   // QEMU_PLUGIN_CB_NO_REGS

typedef void block_translated(uint64_t plugin, struct qemu_plugin_tb *block);
typedef void instruction_reached(unsigned int processor, void *context);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, block_translated *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_inline(
    struct qemu_plugin_insn *, int operation, void *counter, uint64_t amount);
void qemu_plugin_register_vcpu_insn_exec_cb(
    struct qemu_plugin_insn *, instruction_reached *, int registers, void *context);

EXPORTED int qemu_plugin_version = 1;

// ---- Counting ------------------------------------------------------------------------------

struct counts {
  uint64_t instructions;
  uint64_t string_turns;
};

// One thread executes all processors (`-accel tcg,thread=single`), so nothing here is locked.
static struct counts since_reset;
static struct counts at_begin;
static FILE *output;

static void begin_reached(unsigned int processor, void *context) {
  (void)processor;
  (void)context;
  at_begin = since_reset;
}

static void end_reached(unsigned int processor, void *context) {
  (void)processor;
  (void)context;
  fprintf(output, "interval %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
          since_reset.instructions - at_begin.instructions,
          since_reset.string_turns - at_begin.string_turns, at_begin.instructions);
  fflush(output);
}

// ---- Recognising instructions --------------------------------------------------------------

static const uint8_t begin_marker[] = {0x0f, 0x1f, 0x84, 0x00, 'K', 'R', 'A', 'M'};
static const uint8_t end_marker[] = {0x0f, 0x1f, 0x84, 0x00, 'M', 'D', 'N', 'E'};

static bool is_marker(const uint8_t *bytes, size_t size, const uint8_t marker[8]) {
  return size == sizeof begin_marker && memcmp(bytes, marker, size) == 0;
}

// A repeat prefix and others, then MOVS, CMPS, STOS, LODS or SCAS: A4 to A7 and AA to AF
// (Intel SDM volume 2, appendix A, table A-2). A8 and A9 between them are TEST.
static bool is_repeated_string_operation(const uint8_t *bytes, size_t size) {
  bool is_repeated = false;
  for (size_t index = 0; index + 1 < size; index++) {
    uint8_t byte = bytes[index];
    bool is_repeat = byte == 0xf2 || byte == 0xf3;
    bool is_other_prefix = byte == 0x66 || byte == 0x67 || (byte >= 0x40 && byte <= 0x4f);
    if (!is_repeat && !is_other_prefix)
      return false;
    is_repeated = is_repeated || is_repeat;
  }
  uint8_t operation = size > 0 ? bytes[size - 1] : 0;
  return is_repeated && operation >= 0xa4 && operation <= 0xaf && operation != 0xa8 &&
         operation != 0xa9;
}

static void instrument(uint64_t plugin, struct qemu_plugin_tb *block) {
  (void)plugin;
  size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t index = 0; index < count; index++) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, index);
    const uint8_t *bytes = qemu_plugin_insn_data(instruction);
    size_t size = qemu_plugin_insn_size(instruction);

    qemu_plugin_register_vcpu_insn_exec_inline(
        instruction, add_to_counter, &since_reset.instructions, 1);
    if (is_repeated_string_operation(bytes, size))
      qemu_plugin_register_vcpu_insn_exec_inline(
          instruction, add_to_counter, &since_reset.string_turns, 1);
    if (is_marker(bytes, size, begin_marker))
      qemu_plugin_register_vcpu_insn_exec_cb(
          instruction, begin_reached, reads_no_registers, NULL);
    if (is_marker(bytes, size, end_marker))
      qemu_plugin_register_vcpu_insn_exec_cb(
          instruction, end_reached, reads_no_registers, NULL);
  }
}

EXPORTED int qemu_plugin_install(
    uint64_t plugin, const void *information, int count, char **arguments) {
  (void)information;
  for (int index = 0; index < count; index++)
    if (strncmp(arguments[index], "out=", 4) == 0)
      output = fopen(arguments[index] + 4, "w");
  if (output == NULL) {
    fprintf(stderr, "counter: say which file to write: -plugin counter.so,out=FILE\n");
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(plugin, instrument);
  return 0;
}
