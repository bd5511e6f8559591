// SPDX-License-Identifier: MIT
//
// What Swift sees of Mbed TLS: the same functions for all its versions, and no types of its own.
// Use the module `Cryptography` of userland instead, which makes safe Swift of it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A digest that is being computed. May be copied.
struct sha256_state {
  uint64_t words[16];
};

void sha256_begin(struct sha256_state *state);
void sha256_update(struct sha256_state *state, const uint8_t *_Nullable bytes, size_t count);
/// Writes 32 bytes. The state is used up.
void sha256_end(struct sha256_state *state, uint8_t *digest);

/// A generator: CTR_DRBG of NIST SP 800-90A with AES-256 and derivation function. Points into
/// itself: it stays where it was begun.
struct random_state {
  uint64_t words[64];
};

/// The most that entropy and what goes with it may have together, in bytes.
#define RANDOM_INPUT_LIMIT 256

/// Each returns zero, or Mbed TLS's error: too much input, too little entropy.
int random_begin(struct random_state *state, const uint8_t *entropy, size_t entropy_count,
                 const uint8_t *_Nullable personal, size_t personal_count);
int random_reseed(struct random_state *state, const uint8_t *entropy, size_t entropy_count,
                  const uint8_t *_Nullable additional, size_t additional_count);
int random_generate(struct random_state *state, uint8_t *output, size_t count,
                    const uint8_t *_Nullable additional, size_t additional_count);
/// Leaves nothing of the state in memory.
void random_end(struct random_state *state);

#pragma clang assume_nonnull end
