// SPDX-License-Identifier: MIT
#include "Argon2.h"
#include <argon2.h>
#include <core.h>
#include <encoding.h>

_Static_assert(ARGON2_NO_MEMORY == ARGON2_MEMORY_ALLOCATION_ERROR, "the number for no memory");

// What a digest is computed of, and the memory that the caller lends for it.
struct lent_context {
  argon2_context context;
  uint8_t *memory;
  size_t count;
};

// Is called with the place in the instance where the memory's address goes; the instance knows the
// context.
static int take_memory(uint8_t **place, size_t count) {
  argon2_instance_t *instance =
    (argon2_instance_t *)((char *)place - offsetof(argon2_instance_t, memory));
  struct lent_context *lent = (struct lent_context *)instance->context_ptr;
  *place = count <= lent->count && (uintptr_t)lent->memory % sizeof(uint64_t) == 0
    ? lent->memory : NULL;
  return 0;
}

// It has been wiped, and is the caller's.
static void give_back(uint8_t *memory, size_t count) { (void)memory, (void)count; }

int argon2_digest(const struct argon2_method *method,
                  const uint8_t *password, uint32_t password_count,
                  const uint8_t *salt, uint32_t salt_count,
                  const uint8_t *secret, uint32_t secret_count,
                  const uint8_t *associated, uint32_t associated_count,
                  uint8_t *memory, size_t memory_count,
                  uint8_t *digest, uint32_t digest_count) {
  // Inputs are read only: no flag asks for them to be wiped.
  struct lent_context lent = { .memory = memory, .count = memory_count, .context = {
    .out = digest, .outlen = digest_count,
    .pwd = (uint8_t *)password, .pwdlen = password_count,
    .salt = (uint8_t *)salt, .saltlen = salt_count,
    .secret = (uint8_t *)secret, .secretlen = secret_count,
    .ad = (uint8_t *)associated, .adlen = associated_count,
    .t_cost = method->passes, .m_cost = method->memory,
    .lanes = method->lanes, .threads = 1,
    .version = method->version,
    .allocate_cbk = take_memory, .free_cbk = give_back,
    .flags = ARGON2_DEFAULT_FLAGS,
  } };
  return argon2_ctx(&lent.context, (argon2_type)method->variant);
}

// The reference code's functions for encoded strings are not used, Swift reads and writes those: what
// they rest on is not taken, and says so if somebody calls them.
int encode_string(char *target, size_t count, argon2_context *context, argon2_type type) {
  (void)target, (void)count, (void)context, (void)type;
  return ARGON2_ENCODING_FAIL;
}

int decode_string(argon2_context *context, const char *text, argon2_type type) {
  (void)context, (void)text, (void)type;
  return ARGON2_DECODING_FAIL;
}

size_t b64len(uint32_t count) {
  (void)count;
  return 0;
}

size_t numlen(uint32_t number) {
  (void)number;
  return 0;
}
