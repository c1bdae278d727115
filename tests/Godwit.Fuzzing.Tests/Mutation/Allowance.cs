namespace Godwit.Fuzzing.Tests.Mutation;

/// <summary>What a parser may allocate for an input: a multiple of its length, and something for its own.</summary>
internal readonly struct Allowance
{
    // What the platform itself allocates once in a while: a pool that grows, code that is compiled anew.
    private const int Slack = 32 << 10;

    private readonly long _before;

    private Allowance(long before) => _before = before;

    /// <summary>Begins to count what this thread allocates.</summary>
    public static Allowance Begin() => new(GC.GetAllocatedBytesForCurrentThread());

    /// <summary>Fails when more was allocated.</summary>
    /// <param name="length">The length of the input, in octets.</param>
    /// <param name="each">The octets allowed for each of them.</param>
    /// <param name="more">The octets allowed beside.</param>
    public void Check(int length, int each, int more = 0)
    {
        long taken = GC.GetAllocatedBytesForCurrentThread() - _before;
        if (taken > ((long)length * each) + more + Slack)
        {
            Assert.Fail($"{taken} octets were allocated for an input of {length}.");
        }
    }
}
