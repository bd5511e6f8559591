// SPDX-License-Identifier: MIT

/// Every system call. The kernel's dispatch switches over this enum without a default, so a call
/// that nobody implements does not compile. Numbers are ABI: append only, never reuse. They have no
/// gaps, so that looking one up is one comparison, and begin with those that most requests are made
/// of.
public enum CallNumber: UInt, BitwiseCopyable, Sendable {
  case nextRequest = 0
  case callScheme = 1
  case read = 2
  case null = 3
  case open = 4
  case close = 5
  case duplicate = 6
  case controlHandle = 7
  case write = 8
  case seek = 9
  case status = 10
  case fileSystemStatus = 11
  case pathOf = 12
  case readDirectory = 13
  case truncate = 14
  case synchronise = 15
  case setAttributes = 16
  case unlink = 17
  case linkFile = 18
  case rename = 19
  case sendHandle = 20
  case receiveHandle = 21
  case map = 22
  case unmap = 23
  case protect = 24
  case remap = 25
  case createMemory = 26
  case createProvidedMemory = 27
  case createDeviceMemory = 28
  case resizeMemory = 29
  case sealMemory = 30
  case memoryStatus = 31
  case supplyPages = 32
  case withdrawPages = 33
  case findDirtyPages = 34
  case failPages = 35
  case mapForDevice = 36
  case createProcess = 37
  case createThread = 38
  case fork = 39
  case replaceProgram = 40
  case transferHandle = 41
  case exitProcess = 42
  case exitThread = 43
  case waitChild = 44
  case signal = 45
  case signalThread = 46
  case setSignalControl = 47
  case getProcess = 48
  case setProcess = 49
  case controlThread = 50
  case debugThread = 51
  case accessMemory = 52
  case answerException = 53
  case yield = 54
  case sleep = 55
  case readClock = 56
  case futexWait = 57
  case futexWake = 58
  case futexRequeue = 59
  case waitEvents = 60
  case setThreadPointer = 61
  case createScheme = 62
  case createRoot = 63
  case attachScheme = 64
  case transferData = 65
  case signalEvents = 66
  case revokeDescriptions = 67
  case listDescriptions = 68
  case giveUpScheme = 69
  case createNamespace = 70
  case bindName = 71
  case createAccount = 72
  case setAccountLimit = 73
  case accountStatus = 74
  case accessPort = 75
  case writeTrace = 76
  case keepHandle = 77
  case copyKeptHandle = 78
  case lockFile = 79
  case allocateFile = 80
  case setGroups = 81
  case getGroups = 82
  case callerGroups = 83
  case statusAt = 84

  /// How many there are.
  @inline(__always)
  public static var count: UInt { Self.statusAt.rawValue + 1 }
}
