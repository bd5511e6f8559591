// SPDX-License-Identifier: MIT

struct MessageReader {
  mutating func append(_ bytes: [UInt8]) -> [ExecSession.Message] { [] }
}
