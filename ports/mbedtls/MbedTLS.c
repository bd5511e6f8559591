// SPDX-License-Identifier: MIT
#include "MbedTLS.h"
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <string.h>

// Until version 3 these had another name beside functions that returned nothing.
#if MBEDTLS_VERSION_MAJOR < 3
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(struct sha256_state), "room for a digest");

static mbedtls_sha256_context *digest_of(struct sha256_state *state) {
  return (mbedtls_sha256_context *)state->words;
}

// Without an accelerator, which is not configured, none of these can fail.
void sha256_begin(struct sha256_state *state) {
  mbedtls_sha256_init(digest_of(state));
  (void)mbedtls_sha256_starts(digest_of(state), 0);
}

void sha256_update(struct sha256_state *state, const uint8_t *bytes, size_t count) {
  if (count > 0) (void)mbedtls_sha256_update(digest_of(state), bytes, count);
}

void sha256_end(struct sha256_state *state, uint8_t *digest) {
  (void)mbedtls_sha256_finish(digest_of(state), digest);
  mbedtls_sha256_free(digest_of(state));
}

// A generator and the entropy that it is being given.
struct generator {
  mbedtls_ctr_drbg_context context;
  const uint8_t *entropy;
  size_t left;
};

_Static_assert(sizeof(struct generator) <= sizeof(struct random_state), "room for a generator");
_Static_assert(RANDOM_INPUT_LIMIT <= MBEDTLS_CTR_DRBG_MAX_SEED_INPUT, "room for the input");

static struct generator *generator_of(struct random_state *state) {
  return (struct generator *)state->words;
}

// What the generator calls for entropy: hands over what its caller brought, and nothing else.
static int take_entropy(void *context, unsigned char *output, size_t count) {
  struct generator *generator = context;
  if (count > generator->left) return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
  memcpy(output, generator->entropy, count);
  generator->entropy += count;
  generator->left -= count;
  return 0;
}

static void offer(struct generator *generator, const uint8_t *entropy, size_t count) {
  generator->entropy = entropy;
  generator->left = count;
  mbedtls_ctr_drbg_set_entropy_len(&generator->context, count);
}

int random_begin(struct random_state *state, const uint8_t *entropy, size_t entropy_count,
                 const uint8_t *personal, size_t personal_count) {
  struct generator *generator = generator_of(state);
  mbedtls_ctr_drbg_init(&generator->context);
  offer(generator, entropy, entropy_count);
  // A nonce is part of the entropy that the caller brings.
  int result = mbedtls_ctr_drbg_set_nonce_len(&generator->context, 0);
  // When to reseed is the caller's affair: this limit is never reached.
  mbedtls_ctr_drbg_set_reseed_interval(&generator->context, INT_MAX);
  if (result != 0) return result;
  result = mbedtls_ctr_drbg_seed(&generator->context, take_entropy, generator, personal,
                                 personal_count);
  generator->left = 0;
  return result;
}

int random_reseed(struct random_state *state, const uint8_t *entropy, size_t entropy_count,
                  const uint8_t *additional, size_t additional_count) {
  struct generator *generator = generator_of(state);
  offer(generator, entropy, entropy_count);
  int result = mbedtls_ctr_drbg_reseed(&generator->context, additional, additional_count);
  generator->left = 0;
  return result;
}

int random_generate(struct random_state *state, uint8_t *output, size_t count,
                    const uint8_t *additional, size_t additional_count) {
  return mbedtls_ctr_drbg_random_with_add(&generator_of(state)->context, output, count, additional,
                                          additional_count);
}

void random_end(struct random_state *state) {
  mbedtls_ctr_drbg_free(&generator_of(state)->context);
}
