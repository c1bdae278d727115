namespace Godwit.Bench.Measure;

/// <summary>The names of figures.</summary>
internal static class Figure
{
    public const string Cpu = "cpuMicrosecondsPerDelivery";
    public const string UserCpu = "userCpuMicrosecondsPerDelivery";
    public const string GeneratorCpu = "generatorCpuMicrosecondsPerDelivery";
    public const string Rate = "deliveriesPerSecond";
    public const string PerRead = "deliveriesPerReceive";
    public const string Deliveries = "deliveries";
    public const string Resident = "residentKiBPerConnection";
    public const string ResidentAfterTraffic = "residentKiBPerConnectionAfterTraffic";
    public const string KernelObjects = "kernelObjectsKiBPerConnection";
    public const string SocketBuffers = "socketBuffersKiBPerConnection";
    public const string EmptyServer = "residentMiBWithoutConnections";
    public const string EntryRate = "entriesPerSecond";
    public const string MedianLatency = "latencyMedianMilliseconds";
    public const string Latency99 = "latency99thPercentileMilliseconds";
    public const string Latency999 = "latency999thPermilleMilliseconds";
    public const string LongestLatency = "latencyLongestMilliseconds";
    public const string Latency99Alone = "latency99thPercentileWithoutStalledReadersMilliseconds";
    public const string LatencyRise = "latency99thPercentileRatioToWithoutStalledReaders";
    public const string StalledResident = "residentMiBOfStalledReaders";
    public const string StalledManaged = "managedMiBOfStalledReaders";
    public const string StalledKernel = "socketBuffersMiBOfStalledReaders";
    public const string BytesPerRoom = "liveBytesPerRoom";
    public const string ResidentPerRoom = "residentBytesPerRoom";
    public const string PublishCpu = "cpuMicrosecondsPerPublish";
    public const string PublishCpuRatio = "cpuPerPublishRatioToOneRoom";
    public const string CpuPerClient = "cpuMicrosecondsPerClient";
    public const string UserCpuPerClient = "userCpuMicrosecondsPerClient";
    public const string GeneratorCpuPerClient = "generatorCpuMicrosecondsPerClient";
    public const string ClientRate = "clientsPerSecond";
    public const string Seconds = "seconds";
    public const string StartTime = "millisecondsUntilReady";
    public const string AnswerMedian = "answerMedianMilliseconds";
    public const string Answer99 = "answer99thPercentileMilliseconds";
    public const string AnswerSyncs = "answer99thPercentileRatioToOneSync";
    public const string OneSync = "oneSyncMedianMilliseconds";
    public const string BatchedSyncs = "entriesPerSecondOfBatchedSyncsAlone";
    public const string BatchedShare = "entriesPerSecondRatioToBatchedSyncsAlone";
    public const string MemoryShare = "entriesPerSecondRatioToInMemory";
    public const string GeneratorPublishCpu = "generatorCpuMicrosecondsPerPublish";
    public const string DeliveryToAnswer = "latency99thPercentileRatioToAnswer";
    public const string StartTimeEmpty = "millisecondsUntilReadyWithEmptyDirectory";
    public const string ResidentEmpty = "residentMiBWithEmptyDirectory";
    public const string ResidentRise = "residentMiBAboveEmptyDirectory";
    public const string PollCpu = "cpuMicrosecondsPerPoll";
    public const string ExchangeCpu = "cpuMicrosecondsPerExchange";
    public const string ExchangeRatio = "exchangeRatioToPoll";
}
