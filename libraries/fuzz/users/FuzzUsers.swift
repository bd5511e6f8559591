// SPDX-License-Identifier: MIT
import Base
import FuzzInput
import Users

@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // SAFETY: libFuzzer lends the bytes for the call.
  unsafe FuzzInput.lend(start, count) { bytes in read(Text(bytes)) }
  return 0
}

/// The input is a hash, and each of the three files.
private func read(_ text: Text) {
  if let hash = try? PasswordHash(encoded: text) { check(hash, text) }
  let shadow = ShadowTable(parsing: text)
  for line in text.lines() {
    guard let user = line.split(at: 0x3B).first else { continue }
    switch shadow.password(of: user) {
    case .hashed(let hash): check(hash, hash.encoded)
    case .none: precondition(text.firstIndex(of: user + ";") != nil, "a line says so")
    case .locked, .unreadable: break
    }
  }
  let users = UserTable(parsing: text)
  let groups = GroupTable(parsing: text)
  for entry in users.entries.prefix(20) {
    precondition(users.entry(named: entry.user) != nil)
    _ = groups.groups(of: entry.user, beside: entry.group)
  }
}

private func check(_ hash: PasswordHash, _ text: Text) {
  precondition(hash.encoded == text, "one spelling")
  precondition(hash.cost.isAcceptable && hash.isDigest(hash.digest))
  precondition(PasswordHash.saltCounts.contains(hash.salt.count))
  precondition(PasswordHash.digestCounts.contains(hash.digest.count))
}
