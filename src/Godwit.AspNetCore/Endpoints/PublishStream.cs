using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>One publish stream: takes lines in the order sent, carries each out, and writes an answer a line.</summary>
/// <remarks>
/// Answers are flushed when no complete line is left, before a store is waited for, and when they fill a buffer; while
/// the client takes none, nothing more is read from it. So neither side can make the server hold more than one line, one
/// piece of the body and one buffer of answers.
/// </remarks>
internal sealed partial class PublishStream(
    LineReader lines, LinePatience patience, IBroker broker, RoomAccess access, CallerLimits? limits, Caller caller, RecentDestinations recent, HttpResponse response, int lineBytes, ILogger logger)
{
    private const int FlushAt = 16 << 10;

    private readonly PipeWriter _answers = response.BodyWriter;
    private readonly RateRefusals _refusals = new();
    private long _number;
    private int _unflushed;
    private bool _failed;
    private bool _isOver;

    /// <summary>Runs until the body ends or cannot go on.</summary>
    public async Task RunAsync()
    {
        do
        {
            while (await MayTakeAsync().ConfigureAwait(false) && lines.TryTake(out ReadOnlySpan<byte> line, out bool tooLong))
            {
                if (Read(line, tooLong, out PublishLine publish, out Problem refusal))
                {
                    await PublishAsync(publish).ConfigureAwait(false);
                }
                else if (refusal.Code is not null)
                {
                    Write(refusal);
                    Write("\n"u8);
                }

                if (_failed)
                {
                    await FlushAsync().ConfigureAwait(false);
                    return;
                }

                if (_unflushed >= FlushAt)
                {
                    await FlushAsync().ConfigureAwait(false);
                }
            }

            await FlushAsync().ConfigureAwait(false);
        }
        while (!_isOver && await ReadAsync().ConfigureAwait(false));
    }

    /// <summary>Looks at a line; false if it is no publish: a blank one, without a refusal, or a wrong one.</summary>
    private bool Read(ReadOnlySpan<byte> line, bool tooLong, out PublishLine publish, out Problem refusal)
    {
        publish = default;
        refusal = default;
        _number++;
        _asked++;
        patience.Renew();
        if (tooLong)
        {
            refusal = new Problem(ErrorCode.BodyTooLarge, $"Line {_number}: the server takes lines of up to {lineBytes} octets.") { Line = _number };
            return false;
        }

        if (line.IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            return false;
        }

        PublishLineReader.TryRead(line, _number, recent, caller, out publish, out refusal);
        return publish.Content.Data is not null;
    }

    /// <summary>Waits for more; false at the end of the body, and when the stream was ended with a problem of its own.</summary>
    private async ValueTask<bool> ReadAsync()
    {
        Problem end;
        try
        {
            if (!patience.IsOver)
            {
                bool more = await lines.ReadAsync(patience.Begin()).ConfigureAwait(false);
                patience.Arrived();
                return more;
            }

            end = WhyOver;
        }
        catch (OperationCanceledException) when (patience.IsOver)
        {
            end = WhyOver;
        }
        catch (BadHttpRequestException wrong) when (response.HasStarted)
        {
            end = new Problem(ErrorCode.RequestMalformed, wrong.Message);
        }
        catch (Exception gone) when (gone is IOException and not BadHttpRequestException or OperationCanceledException)
        {
            return false; // Nobody is left to be told.
        }

        await EndAsync(end).ConfigureAwait(false);
        return false;
    }

    private async ValueTask EndAsync(Problem end)
    {
        _isOver = true;
        Write(end with { Line = _number + 1 });
        Write("\n"u8);
        await FlushAsync().ConfigureAwait(false);
    }

    private Problem WhyOver => patience.Why is var why && why == ErrorCode.BodyTimeout
        ? new Problem(why, $"A line, also a blank one, must be complete within {LinePatience.Limit.TotalSeconds:0} seconds of the one before it.")
        : new Problem(why, why == ErrorCode.Drain ? "Send this line and what follows it again, to this or another server." : "Neither this line nor any that follows it was carried out.");

    private async ValueTask PublishAsync(PublishLine publish)
    {
        PublishKey? key = PublishRules.Key(publish.Key, caller);
        EntryContent content = publish.Content with { From = caller.User };
        if (publish.Room is not null)
        {
            await AppendAsync(publish.Room, content, key).ConfigureAwait(false);
            Write("\n"u8);
            return;
        }

        IReadOnlyList<Destination> rooms = publish.Rooms!;
        _asked += rooms.Count - 1;
        for (int i = 0; i < rooms.Count; i++)
        {
            Write(i == 0 ? "{\"rooms\":{\""u8 : ",\""u8);
            Write(rooms[i].Name);
            Write("\":"u8);
            await AppendAsync(rooms[i], content, key).ConfigureAwait(false);
        }

        Write("}}\n"u8);
    }

    private async ValueTask AppendAsync(Destination room, EntryContent content, PublishKey? key)
    {
        if (access.RefusesPublish(caller, room.Name, out AccessRefusal denied))
        {
            Refuse(Problem.From(denied));
            _refusals.Add(denied, patience.Now);
            _failed |= _refusals.Over is not null;
            return;
        }

        if (PublishRules.EntryTooLarge(room.Policy, room.Name, content) is { } tooLarge)
        {
            Refuse(PublishProblem.EntryTooLarge(tooLarge));
            return;
        }

        try
        {
            // Whoever hangs up now has published all the same: what was read whole is carried out.
            ValueTask<Appended> append = broker.AppendAsync(room.Name, content, key, CancellationToken.None);
            if (!append.IsCompleted)
            {
                await FlushAsync().ConfigureAwait(false);
            }

            Appended appended = await append.ConfigureAwait(false);
            GodwitMeter.Published(appended.Outcome);
            if (appended.Outcome == AppendOutcome.KeyReused)
            {
                Refuse(PublishProblem.KeyReused(room.Policy));
                return;
            }

            int length = PublishAnswer.Write(appended, _answers.GetSpan(PublishAnswer.MaxLength));
            _answers.Advance(length);
            _unflushed += length;
        }
        catch (BrokerUnavailableException away)
        {
            Refuse(PublishProblem.StoreAway(away));
        }
        catch (Exception failure)
        {
            Log.Failed(logger, failure);
            Refuse(new Problem(ErrorCode.Internal, "The server's log says why."));
            _failed = true;
        }
    }

    private void Refuse(in Problem problem) => Write(problem with { Line = _number });

    private void Write(in Problem problem) => Write(ProblemWriter.Compose(problem));

    private void Write(RoomName name)
    {
        Span<byte> text = _answers.GetSpan(RoomName.MaxLength);
        int length = Encoding.ASCII.GetBytes(name.ToString(), text);
        _answers.Advance(length);
        _unflushed += length;
    }

    private void Write(ReadOnlySpan<byte> text)
    {
        _answers.Write(text);
        _unflushed += text.Length;
    }

    private async ValueTask FlushAsync()
    {
        if (_unflushed == 0)
        {
            return;
        }

        _unflushed = 0;
        try
        {
            await _answers.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The client hung up. What has arrived whole is carried out all the same; reading tells that nothing follows.
        }
    }
}
