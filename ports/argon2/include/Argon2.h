// SPDX-License-Identifier: MIT
//
// What Swift sees of Argon2's reference code. Use the module `Passwords` of userland instead, which
// makes safe Swift of it and sets limits.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// How a digest (RFC 9106) is computed.
struct argon2_method {
  /// 0: Argon2d, 1: Argon2i, 2: Argon2id.
  uint32_t variant;
  /// 0x10 or 0x13.
  uint32_t version;
  /// In KiB.
  uint32_t memory;
  uint32_t passes;
  /// Computed one after another.
  uint32_t lanes;
};

/// Argon2's error number for memory that is not there.
#define ARGON2_NO_MEMORY -22

/// Writes `digest_count` bytes, at least 4; the salt has at least 8. `memory` has as many KiB as the
/// method says, at a multiple of 8. Nothing that was made of the password stays there. Returns zero, or
/// Argon2's error number.
int argon2_digest(const struct argon2_method *method,
                  const uint8_t *_Nullable password, uint32_t password_count,
                  const uint8_t *_Nullable salt, uint32_t salt_count,
                  const uint8_t *_Nullable secret, uint32_t secret_count,
                  const uint8_t *_Nullable associated, uint32_t associated_count,
                  uint8_t *memory, size_t memory_count,
                  uint8_t *digest, uint32_t digest_count);

#pragma clang assume_nonnull end
