// Every page loads this one file; each part looks for its own elements and rests when there are none.
import htmx from "htmx.org";
import { keepPlaying, startPlayers } from "../archive/browser/player";
import { startLiveWords } from "../calls/browser/live_words";
import { startAfterRegistering } from "../desk/browser/draft/after_registering";
import { startDraftForms } from "../desk/browser/draft/form";
import { startJoining } from "../desk/browser/draft/joining";
import { startMaps } from "../map/browser/maps";
import { startInbox } from "../office/browser/inbox";
import { startOrderCalls } from "../orders/browser/order_calls";
import { startOrderList } from "../orders/browser/order_list";
import { startReplies } from "../orders/browser/replies";
import { startWall } from "../supervision/browser/wall";
import { startClock } from "./clock";
import { startCombos } from "./combo/combo";
import { startCopying } from "./copy";
import { startDownloads } from "./downloads";
import { startForms } from "./forms";
import { startLengths } from "./lengths";
import { startLive } from "./live/live";
import { guardTyping } from "./live/typing";
import { startPicks } from "./picks";
import { startSession } from "./session";
import { startSuccess } from "./success";
import { startLeftOver } from "./unsent/left_over";
import { startUnsentText } from "./unsent/unsent_text";

// The server's rules, not its errors, decide what is shown: a refused form (422, 409) is swapped in like any page.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;
// A piece whose answer never comes would never be asked for again.
htmx.config.timeout = 30_000;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "409|422", swap: true, error: false },
  { code: "[45]..", swap: false, error: true },
];

startSession();
startSuccess();
startLive();
startCombos();
startLiveWords();
startWall();
startInbox();
startOrderCalls();
startOrderList();
startClock();
startCopying();
startLengths();
startLeftOver();
startDownloads();
startDraftForms();
startJoining();
startAfterRegistering();
startUnsentText();
startForms();
guardTyping();
startPicks();
startReplies();
startMaps();
keepPlaying();
startPlayers(document);
htmx.onLoad((element) => startPlayers(element as HTMLElement));
