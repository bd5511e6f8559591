// SPDX-License-Identifier: MIT
import ABI

/// Every call, for the documents. The kernel's dispatch needs no such list; a test compares this
/// one with `CallNumber`, so a call that is missing here is noticed.
enum CallTable {
  // swift-format-ignore
  static var all: [any SystemCall.Type] {
    [
      Null.self, Open.self, Close.self, Duplicate.self, ControlHandle.self, Read.self, Write.self,
      Seek.self, Status.self, FileSystemStatus.self, PathOf.self, ReadDirectory.self, Truncate.self,
      Synchronise.self, SetAttributes.self, Unlink.self, LinkFile.self, Rename.self,
      CallScheme.self, SendHandle.self, ReceiveHandle.self, Map.self, Unmap.self, Protect.self,
      Remap.self, CreateMemory.self, CreateProvidedMemory.self, CreateDeviceMemory.self,
      ResizeMemory.self, SealMemory.self, MemoryStatus.self, SupplyPages.self, WithdrawPages.self,
      FindDirtyPages.self, FailPages.self, MapForDevice.self, CreateProcess.self, CreateThread.self,
      Fork.self, ReplaceProgram.self, TransferHandle.self, ExitProcess.self, ExitThread.self,
      WaitChild.self, Signal.self, SignalThread.self, SetSignalControl.self, GetProcess.self,
      SetProcess.self, ControlThread.self, DebugThread.self, AccessMemory.self,
      AnswerException.self, Yield.self, Sleep.self, ReadClock.self, FutexWait.self, FutexWake.self,
      FutexRequeue.self, WaitEvents.self, SetThreadPointer.self, CreateScheme.self, CreateRoot.self,
      AttachScheme.self, NextRequest.self, TransferData.self, SignalEvents.self,
      RevokeDescriptions.self, ListDescriptions.self, GiveUpScheme.self, CreateNamespace.self,
      BindName.self, CreateAccount.self, SetAccountLimit.self, AccountStatus.self, AccessPort.self,
      WriteTrace.self, KeepHandle.self, CopyKeptHandle.self, LockFile.self, AllocateFile.self,
      SetGroups.self, GetGroups.self, CallerGroups.self, StatusAt.self,
    ]
  }
}
