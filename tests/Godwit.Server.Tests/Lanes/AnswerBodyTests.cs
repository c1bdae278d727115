using System.IO.Pipelines;
using System.Text;
using Godwit.AspNetCore.Lanes;
using Godwit.Brokers.Memory;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Lanes;

/// <summary>Answers written into a web server's buffer that holds one piece, to a client that the test takes them for.</summary>
public sealed class AnswerBodyTests : IAsyncDisposable
{
    private const int Buffer = 16 << 10;

    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: Buffer, resumeWriterThreshold: Buffer / 2, useSynchronizationContext: false));
    private readonly MemoryBroker _broker;
    private readonly GodwitEngine _engine;
    private readonly DefaultHttpContext _context = new();
    private readonly Lifetime _lifetime = new();

    public AnswerBodyTests()
    {
        _broker = new MemoryBroker(new RoomPolicies([]), _time, 1 << 20);
        _engine = new GodwitEngine(new GodwitOptions(), _broker, _time);
        _context.Features.Set<IHttpRequestLifetimeFeature>(_lifetime);
        _context.Features.Set<IHttpResponseBodyFeature>(new Body(_pipe.Writer));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(Buffer)]
    [InlineData(Buffer + 1)]
    [InlineData(100_000)]
    public async Task A_client_gets_the_octets_and_what_stands_behind_them(int length)
    {
        byte[] answer = Octets(length);
        Task writing = AnswerBody.WriteAsync(_context, _engine, answer, "}").AsTask();
        byte[] got = await TakeAsync(length + 1);
        await writing.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Equal([.. answer, (byte)'}'], got);
    }

    [Fact]
    public async Task The_web_server_never_has_more_than_two_pieces_of_it()
    {
        Task writing = AnswerBody.WriteAsync(_context, _engine, Octets(200_000)).AsTask();
        for (int taken = 0; taken < 200_000;)
        {
            ReadResult read = await ReadAsync();
            Assert.InRange(read.Buffer.Length, 1, 2 * Buffer);
            taken += (int)read.Buffer.Length;
            _pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        await writing.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
    }

    [Fact]
    public async Task Who_takes_a_piece_within_each_stall_limit_is_not_let_go_however_long_it_lasts()
    {
        Task writing = AnswerBody.WriteAsync(_context, _engine, Octets(160_000)).AsTask();
        for (int taken = 0; taken < 160_000;)
        {
            ReadResult read = await ReadAsync();
            _time.Advance(_engine.StallLimit - TimeSpan.FromSeconds(1));
            taken += (int)read.Buffer.Length;
            _pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        await writing.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.False(_lifetime.IsAborted);
    }

    [Fact]
    public async Task Who_takes_nothing_for_the_stall_limit_is_let_go()
    {
        Task writing = AnswerBody.WriteAsync(_context, _engine, Octets(100_000)).AsTask();
        Assert.False(writing.IsCompleted);
        _time.Advance(_engine.StallLimit + TimeSpan.FromSeconds(1));
        await writing.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.True(_lifetime.IsAborted);
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _broker.DisposeAsync();
    }

    private static byte[] Octets(int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (length / 5) + 1).Select(static i => $"{i:00000}"))[..length]);

    private Task<ReadResult> ReadAsync() => _pipe.Reader.ReadAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);

    private async Task<byte[]> TakeAsync(int length)
    {
        ReadResult read = await ReadAsync();
        var taken = new List<byte>();
        while (true)
        {
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
            {
                taken.AddRange(part.Span);
            }

            _pipe.Reader.AdvanceTo(read.Buffer.End);
            if (taken.Count >= length)
            {
                return [.. taken];
            }

            read = await ReadAsync();
        }
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class Body(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => throw new NotSupportedException();

        public PipeWriter Writer => writer;

        public void DisableBuffering() => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
