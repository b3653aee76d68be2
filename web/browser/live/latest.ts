// Of questions whose answers may overtake one another.
export class Latest {
  // How many were asked so far.
  asked = 0;
  private read = 0;

  ask(): number {
    return ++this.asked;
  }

  isNews(turn: number): boolean {
    if (turn < this.read) return false;
    this.read = turn;
    return true;
  }
}
