// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

func handle(_ call: CreateAccount, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard let process = thread.value.process else { throw .noProcess }
  let parent = try account(call.parent, thread, needing: .manage)
  let account = try Account.create(below: parent)
  let description: Ref<Description>
  do throws(SystemError) {
    description = try newDescription(.account(account), process.value.account)
  } catch {
    account.drop()
    throw error
  }
  return .done(try insertHandle(process, description, .everything, .runtimeHandle).word)
}

func handle(_ call: SetAccountLimit, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  guard call.account != .none else { throw .badHandle }
  let account = try account(call.account, thread, needing: .manage)
  try account.setLimit(call.resource, minimum: call.minimum, maximum: call.maximum)
  return .done
}

func handle(_ call: AccountStatus, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let account = try account(call.account, thread, needing: .read)
  guard call.buffer.count >= UInt(MemoryLayout<AccountStatusRecord>.size) else {
    throw .invalidArgument
  }
  var record = AccountStatusRecord()
  record.used = account.value.used
  record.minimum = account.value.minimum
  record.maximum = account.value.maximum
  record.processorTime = account.value.processorTime
  try writeRecord(record, to: call.buffer.address, thread)
  return .done(UInt(MemoryLayout<AccountStatusRecord>.size))
}

/// The account behind a handle that has `rights`; `Handle.none` is the caller's own.
func account(
  _ handle: Handle, _ thread: Ref<Thread>, needing rights: Rights
) throws(SystemError) -> Ref<Account> {
  if handle == .none {
    guard let account = thread.value.process?.value.account else { throw .noProcess }
    return account
  }
  let description = try lookUp(handle, thread, needing: rights)
  guard case .account(let account) = description.value.kind else { throw .badHandle }
  return account
}
