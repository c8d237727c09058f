import { proseList } from "./template.ts";

/**
 * Sentences that fit any subject. `{topic}` never stands before a verb that would have to agree with it, since it may
 * be singular or plural.
 */
export const OPENERS = proseList([
  "{There is more to|There's a good deal more to} {topic} than {first meets the eye|a first look suggests}.",
  "{The short version|In brief}: {topic} can be understood {from|through} a few {simple|plain} ideas.",
  "{Good|Nice|Fair} question. {Here is|Let me give you} a {short|brief} tour of {topic}.",
  "When people {talk|ask} about {topic}, they {usually|often} mean {several|a few} things at once.",
  "It helps to {look at|approach} {topic} from {two or three|more than one} {sides|angles}.",
  "{Topic} can seem {obvious|simple} until you {try to explain|have to explain} the idea to somebody else.",
  "Let us {start|begin} with what {makes|keeps} {topic} {interesting|worth a closer look}.",
  "{Happily|Luckily}, you do not need much {background|preparation} to get a {feeling|sense} for {topic}.",
]);

export const KNOWN_OPENERS = proseList([
  "{Here are a few|A few} {things|points} about {topic} that {people often miss|are good to know}.",
  "{Topic}: a {fine|lovely} {choice|thing to ask about}.",
  "{Happy|Glad} to {help with|talk about} {topic}.",
  "{There is|There's} plenty to say about {topic}, so {here is a start|I will keep to the essentials}.",
  "{Where to start|Where to begin} with {topic}? {Perhaps here.|With the part I like best.}",
]);

export const GENERAL_FACTS = proseList([
  "A {good|useful} {first step|starting point} is to {separate|tell apart} what is {known|well established} from what is {merely|only} {assumed|repeated}.",
  "{Much|A great deal} depends on {scale|context}: what holds for a {small|single} case may {fail|break down} for a {large|bigger} one.",
  "People who {work|deal} with {topic} every day tend to {care about|watch} {details|small signs} that {outsiders|newcomers} {overlook|pass over}.",
  "The {history|background} of {topic} {explains|accounts for} {many|a good many} of its {odd|stranger} {corners|habits}.",
  "{Trade-offs|Compromises} are {everywhere|unavoidable} here: {more|gaining} speed {usually|often} {costs|means giving up} some care, and the other way round.",
  "One {common|widespread} {mistake|misunderstanding} is to treat {topic} as {one thing|a single thing} with {one|a single} {cause|explanation}.",
  "A {concrete|worked} example {teaches|shows} more about {topic} than {three|a page of} definitions.",
  "{Small|Modest} changes can have {large|surprisingly large} effects, {particularly|especially} when they {add up|repeat}.",
  "{Measuring|Observing} comes first; {opinions|theories} about {topic} are {cheap|easy} until they {meet|are held against} {numbers|the facts}.",
  "There is a {social|human} side as well: {trust|habit}, {cost|time} and {taste|custom} {shape|colour} how {topic} {can develop|may turn out}.",
  "{Experts|Specialists} may disagree on the {details|finer points}, yet the {outline|broad picture} is {fairly|reasonably} {settled|clear}.",
  "What {surprises|strikes} most {beginners|newcomers} is how {much|often} {patience|practice} {matters|decides}.",
  "{Seen|Viewed} from {far away|a distance}, {topic} may look like a {single|finished} {picture|whole}; {close up|from near by}, you {find|see} the {seams|pieces}.",
  "The {vocabulary|jargon} can be {off-putting|a hurdle}, but {behind|underneath} it the ideas are {quite|rather} {plain|simple}.",
  "It {pays|is worthwhile} to {ask|find out} who {gains|benefits}, who {pays|bears the cost}, and who {decides|gets to choose}.",
  "{Comparing {topic} with|Setting {topic} beside} something {familiar|you know well} makes the {differences|contrasts} {visible|easier to see}.",
]);

export const CLOSINGS = proseList([
  "If you {like|wish}, I can {go deeper into|say more about} any part of {this|it}.",
  "{Tell me|Let me know} which part {interests|matters to} you most, and I will {expand on it|go on from there}.",
  "That is the {outline|gist}; the {rest|finer detail} {depends|turns} on what you {need|want} it for.",
  "{Would you like|Do you want} an example?",
  "{In short|To sum up}, {curiosity|a little patience} {goes|takes you} a long way {here|with this}.",
  "{Ask away|Just ask} if {something|anything} is {unclear|missing}.",
]);

export const HONEST_OPENERS = proseList([
  "I am a {small|tiny} demonstration model, so {please|do} {check|verify} any {hard fact|detail} about {topic} {elsewhere|in a proper source}.",
  "As a {small|built-in} demo model I {do not|don't} know {topic} {in detail|well}, but here is {how to think about it|a way in}.",
]);

/** For questions of fact that a small grammar cannot know the answer to. */
export const HONEST_FACTS = proseList([
  "A {good|recent} encyclopedia {will be|is} a better source than I am.",
  "{Names and dates|Dates and figures} are {exactly|just} what a model of my size {makes up|gets wrong}, so I would rather leave them out.",
  "{Two|Several} independent sources that agree are worth more than one {confident|fluent} answer.",
  "If you give me a {search tool|tool to look it up}, I will {call|use} it and answer from what it {returns|finds}.",
  "{Look for|Find} a source that says where its own {information|knowledge} about {topic} comes from.",
  "I can {still|at least} help you {sort|write up} what you {find|learn}.",
]);

/** For a message that names nothing the model knows. */
export const OPEN_REPLIES = proseList([
  "{I see|I understand}. {Tell me|Could you tell me} a little more: what {would you like|are you hoping} to {find out|end up with}?",
  "{That could go|There are} several ways{ from here|}. {Shall we|Should we} {begin|start} with the {facts|plain facts} or with what you {already have|want to achieve}?",
  "I am {happy|glad} to {help|think along}. {Give me|Add} a {word|detail} or two, and I {will|can} {be more precise|get closer to what you mean}.",
]);

export const SYMPATHY = proseList([
  "I am sorry {that it is|to hear that it is} {hard|heavy} going. {A short walk|Some fresh air}, {a glass of water|something warm to drink} and {a friend's voice|someone to talk to} {rarely|seldom} make things worse.",
  "That sounds {difficult|tiring}. You {do not|don't} have to {solve|fix} all of it today; {one small thing|a single step} is {enough|plenty}. If it {stays|lasts}, {please|do} talk to somebody you trust.",
]);

export const CHEER = proseList([
  "That is {good|lovely} to hear! {What made|What brought on} the {good mood|difference}?",
  "{Wonderful|How nice}! {Enjoy it|Hold on to it}, and {tell me|say} what comes next.",
]);

export const MORE = proseList([
  "{There is another side to this|Another thought}: ",
  "{To go on|Continuing}: ",
  "{It is also worth saying this|One more thing}. ",
  "{A further point|Something else}: ",
]);
